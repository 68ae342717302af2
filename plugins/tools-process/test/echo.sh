#!/bin/sh
# The least that a program must do: read a request a line, answer with its id. (Requests come with the keys in this order.)
while IFS= read -r request; do
  id=$(printf '%s' "$request" | sed 's/.*"id":\([0-9]*\).*/\1/')
  params=$(printf '%s' "$request" | sed 's/.*"params"://; s/}$//')
  printf '{"jsonrpc":"2.0","id":%s,"result":%s}\n' "$id" "$params"
done
