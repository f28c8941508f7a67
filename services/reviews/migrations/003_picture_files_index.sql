-- outside a transaction
create index concurrently if not exists picture_files_of_picture on :"schema".picture_files (picture_id);
