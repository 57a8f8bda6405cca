"""Tasks: what can be measured of a clip only with a model that was fitted. A file a task; `registry` names them."""
