# berth_client_lite: what berth_native.so has of the C++ client, the same
# sources over messages without descriptors. These register nothing in
# protobuf's pool, where a host may have files of the same names.
get_target_property(protos berth_proto BERTH_PROTOS)
set(proto_dir "${PROJECT_SOURCE_DIR}/proto")
set(lite "${CMAKE_CURRENT_BINARY_DIR}/lite")
list(FILTER protos EXCLUDE REGEX "/reflection/")
set(lite_srcs)
foreach(proto ${protos})
  string(REGEX REPLACE "\\.proto$" ".pb.cc" src "${lite}/${proto}")
  string(REGEX REPLACE "\\.proto$" ".pb.h" hdr "${lite}/${proto}")
  list(APPEND lite_srcs "${src}" "${hdr}")
endforeach()
list(TRANSFORM protos PREPEND "${proto_dir}/" OUTPUT_VARIABLE proto_files)
file(MAKE_DIRECTORY "${lite}")
add_custom_command(
  OUTPUT ${lite_srcs} "${lite}/descriptors"
  COMMAND protobuf::protoc "--cpp_out=lite:${lite}" -I "${proto_dir}"
          --include_imports "--descriptor_set_out=${lite}/descriptors" ${protos}
  WORKING_DIRECTORY "${proto_dir}"
  DEPENDS ${proto_files}
  COMMENT "Generating messages without descriptors from proto/"
  VERBATIM)

get_target_property(client_srcs berth_client_shared SOURCES)
list(TRANSFORM client_srcs PREPEND "${PROJECT_SOURCE_DIR}/client/")
add_library(berth_client_lite OBJECT ${lite_srcs} ${client_srcs}
                                     src/descriptors.cc)
set_source_files_properties(
  src/descriptors.cc
  PROPERTIES COMPILE_DEFINITIONS "BERTH_DESCRIPTORS=\"${lite}/descriptors\""
             OBJECT_DEPENDS "${lite}/descriptors")
target_compile_options(berth_client_lite PRIVATE ${BERTH_WARNINGS})
target_include_directories(
  berth_client_lite PUBLIC "${PROJECT_SOURCE_DIR}"
                           "${PROJECT_SOURCE_DIR}/client/include")
target_include_directories(berth_client_lite SYSTEM PUBLIC "${lite}")
target_link_libraries(
  berth_client_lite
  PUBLIC protobuf::libprotobuf absl::status absl::statusor absl::strings
         absl::synchronization absl::time gRPC::grpc++)
