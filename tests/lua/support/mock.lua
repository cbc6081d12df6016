--- The public mock transport, as specs call it.
return require("berth.mock").new
