alter table sessions validate constraint sessions_method_check;
