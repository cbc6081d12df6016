--- Statements that block their thread, whatever loop there is.
return {
  name = "blocking",
  active = function() return false end,
}
