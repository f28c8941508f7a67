"""A program of somebody else, in another language: it has the published .proto files and grpcio, and nothing of ours.

usage: stranger.py HOST:PORT FOLDER_OF_PROTOS TOKEN SKU ORDER_ID REFUND_ID EXPIRED_TOKEN FORGED_TOKEN
Prints one JSON object: what each call answered.
"""
import json
import sys

import grpc

target, folder, token, sku, order_id, refund_id, expired, forged = sys.argv[1:]
sys.path.insert(0, folder)
stock_messages, stock_services = grpc.protos_and_services("inventory.proto")
money_messages, money_services = grpc.protos_and_services("payments.proto")
told = {}


def refusal(work):
    try:
        work()
    except grpc.RpcError as error:
        return error.code().name
    return "no refusal"


with grpc.insecure_channel(target) as channel:
    stock = stock_services.InventoryServiceStub(channel)
    money = money_services.PaymentsServiceStub(channel)
    shown = {"metadata": (("authorization", f"Bearer {token}"),), "timeout": 20}
    lines = [stock_messages.StockLine(sku=sku, quantity=2)]

    watching = stock.Watch(stock_messages.WatchRequest(skus=[sku]), **shown)
    told["first"] = next(watching).levels[0].available
    reserve = stock_messages.ReserveRequest(order_id=order_id, channel="web", lines=lines, ttl_seconds=600)
    told["reserve"] = stock.Reserve(reserve, **shown).outcome
    told["again"] = stock.Reserve(reserve, **shown).outcome
    told["then"] = next(watching).levels[0].available
    watching.cancel()
    told["commit"] = stock.Commit(stock_messages.CommitRequest(order_id=order_id), **shown).outcome
    released = stock_messages.ReleaseRequest(order_id=order_id, reason="too late")
    told["release"] = stock.Release(released, **shown).outcome
    question = stock_messages.AvailabilityRequest(skus=[sku])
    told["left"] = stock.Availability(question, **shown).levels[0].available

    price = money_messages.Money(amount=4200, currency="EUR")
    authorize = money_messages.AuthorizeRequest(
        order_id=order_id, attempt=1, amount=price, payment_method_id="tok_approve", capture=False
    )
    told["authorize"] = money.Authorize(authorize, **shown).outcome
    told["capture"] = money.Capture(money_messages.CaptureRequest(order_id=order_id), **shown).outcome
    told["status"] = money.Status(money_messages.StatusRequest(order_id=order_id), **shown).outcome
    back = money_messages.RefundRequest(order_id=order_id, refund_id=refund_id, amount=price, reason="broken")
    told["refund"] = money.Refund(back, **shown).outcome

    told["nobody"] = refusal(lambda: stock.Availability(question, timeout=20))
    for name, bad in (("expired", expired), ("forged", forged)):
        header = (("authorization", f"Bearer {bad}"),)
        told[name] = refusal(lambda: stock.Availability(question, metadata=header, timeout=20))
    told["late"] = refusal(lambda: stock.Availability(question, metadata=shown["metadata"], timeout=0.000001))
    declined = money_messages.AuthorizeRequest(
        order_id=refund_id, attempt=1, amount=price, payment_method_id="tok_decline", capture=True
    )
    told["declined"] = money.Authorize(declined, **shown).outcome

print(json.dumps(told))
