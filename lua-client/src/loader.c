// The module `berth_core`: loads `berth_native.so`, which lies beside it.
//
// Symbols that a host shows to everybody, such as those of a protobuf that it
// is linked with, take the place of the libraries' own in all that is loaded
// later. Where these are not the ones that Berth is made for, it is loaded so
// that its own libraries come first. Not always: they then also pass by a
// host's malloc, and the address sanitizer refuses it.
#define _GNU_SOURCE
#include <dlfcn.h>
#include <lauxlib.h>
#include <lua.h>
#include <stdio.h>
#include <string.h>

// Whether everybody sees a `symbol` that is not that of `library`.
static int IsForeign(const char* symbol, const char* library) {
  void* seen = dlsym(RTLD_DEFAULT, symbol);
  if (seen == NULL) return 0;
  void* handle = dlopen(library, RTLD_LAZY | RTLD_NOLOAD);
  if (handle == NULL) return 1;
  void* own = dlsym(handle, symbol);
  dlclose(handle);
  return seen != own;
}

static int HasForeignLibraries(void) {
  // google::protobuf::MessageLite::ParseFromArray(void const*, int)
  return IsForeign("_ZN6google8protobuf11MessageLite14ParseFromArrayEPKvi",
                   BERTH_PROTOBUF) ||
         IsForeign("grpc_init", BERTH_GRPC);
}

__attribute__((visibility("default"))) int luaopen_berth_core(lua_State* L) {
  Dl_info self;
  if (dladdr((void*)luaopen_berth_core, &self) == 0) {
    return luaL_error(L, "berth_core does not know where it lies");
  }
  const char* name = strrchr(self.dli_fname, '/');
  int folder = name == NULL ? 0 : (int)(name + 1 - self.dli_fname);
  char path[4096];
  int length = snprintf(path, sizeof(path), "%.*s%s", folder, self.dli_fname,
                        "berth_native.so");
  if (length < 0 || length >= (int)sizeof(path)) {
    return luaL_error(L, "the path of berth_core is too long");
  }
  int first = HasForeignLibraries() ? RTLD_DEEPBIND : 0;
  void* native = dlopen(path, RTLD_NOW | RTLD_LOCAL | first);
  void* open = native == NULL ? NULL : dlsym(native, "luaopen_berth_native");
  if (open == NULL) return luaL_error(L, "%s", dlerror());
  return ((lua_CFunction)open)(L);
}
