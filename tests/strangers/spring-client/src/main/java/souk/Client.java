package souk;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.util.List;
import java.util.Map;
import org.springframework.beans.factory.annotation.Value;
import org.springframework.boot.ApplicationRunner;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.autoconfigure.SpringBootApplication;
import org.springframework.cloud.client.ServiceInstance;
import org.springframework.cloud.client.discovery.DiscoveryClient;
import org.springframework.cloud.client.loadbalancer.LoadBalanced;
import org.springframework.cloud.context.config.annotation.RefreshScope;
import org.springframework.context.annotation.Bean;
import org.springframework.stereotype.Component;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.RestController;
import org.springframework.web.client.RestTemplate;

/** A Spring Cloud application beside the shop: it reads its configuration, registers, and calls our products by their name. */
@SpringBootApplication
public class Client {
  public static void main(String[] args) {
    SpringApplication.run(Client.class, args);
  }

  /** What throws here ends the application. */
  @Bean
  ApplicationRunner report(Pages pages) {
    return arguments ->
        System.out.println(new ObjectMapper().writeValueAsString(Map.of("read", pages.ping(), "found", pages.products())));
  }

  @Bean
  @LoadBalanced
  RestTemplate byName() {
    return new RestTemplate();
  }

  @Component
  @RefreshScope
  static class Settings {
    @Value("${interop.greeting}")
    private String greeting;

    @Value("${interop.secret}")
    private String secret;

    Map<String, String> all() {
      return Map.of("greeting", greeting, "secret", secret);
    }
  }

  record Found(List<String> instances, List<String> titles) {}

  @RestController
  static class Pages {
    private final Settings settings;
    private final DiscoveryClient registry;
    private final RestTemplate byName;

    Pages(Settings settings, DiscoveryClient registry, RestTemplate byName) {
      this.settings = settings;
      this.registry = registry;
      this.byName = byName;
    }

    @GetMapping("/ping")
    Map<String, String> ping() {
      return settings.all();
    }

    @GetMapping("/products")
    Found products() {
      List<String> instances = registry.getInstances("products").stream().map(ServiceInstance::getUri).map(Object::toString).toList();
      JsonNode answer = byName.getForObject("http://products/api/products", JsonNode.class);
      return new Found(instances, answer.findValuesAsText("title"));
    }
  }
}
