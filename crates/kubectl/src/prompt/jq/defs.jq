# The formats that jaq's libraries leave to their users.
def @tsv: [.[] | if . == null then "" elif type == "string" then (split("\\") | join("\\\\") | split("\t") | join("\\t") | split("\n") | join("\\n") | split("\r") | join("\\r")) else tostring end] | join("\t");
def @csv: [.[] | if . == null then "" elif type == "string" then "\"" + (split("\"") | join("\"\"")) + "\"" else tostring end] | join(",");
