# What `cmake --install` does for the library; `--component berth_client` does
# that alone.
include(CMakePackageConfigHelpers)

set(BERTH_CMAKE_DIR "${CMAKE_INSTALL_LIBDIR}/cmake/berth")
install(
  TARGETS berth_client_shared
  EXPORT berthTargets
  LIBRARY DESTINATION "${CMAKE_INSTALL_LIBDIR}" COMPONENT berth_client)
set_target_properties(berth_client_shared PROPERTIES EXPORT_NAME client)
install(
  DIRECTORY "${CMAKE_CURRENT_SOURCE_DIR}/include/"
  DESTINATION "${CMAKE_INSTALL_INCLUDEDIR}"
  COMPONENT berth_client
  FILES_MATCHING
  PATTERN "*.h")
# The headers of the messages say by themselves that they come from a shared
# library; in the tree a definition on the command line does.
install(
  CODE "
  foreach(folder berth/v1 google/rpc)
    file(GLOB headers \"${PROJECT_BINARY_DIR}/proto/\${folder}/*.pb.h\")
    foreach(header \${headers})
      file(READ \"\${header}\" text)
      string(REPLACE \"// @@protoc_insertion_point(includes)\"
                     \"#include \\\"berth/client/export.h\\\"\" text \"\${text}\")
      get_filename_component(name \"\${header}\" NAME)
      set(copy \"${CMAKE_CURRENT_BINARY_DIR}/installed/\${folder}/\${name}\")
      file(CONFIGURE OUTPUT \"\${copy}\" CONTENT \"\${text}\" @ONLY)
      file(INSTALL \"\${copy}\" DESTINATION
           \"\${CMAKE_INSTALL_PREFIX}/${CMAKE_INSTALL_INCLUDEDIR}/\${folder}\")
    endforeach()
  endforeach()"
  COMPONENT berth_client)

install(
  EXPORT berthTargets
  NAMESPACE berth::
  DESTINATION "${BERTH_CMAKE_DIR}"
  COMPONENT berth_client)
configure_package_config_file(
  berthConfig.cmake.in "${CMAKE_CURRENT_BINARY_DIR}/berthConfig.cmake"
  INSTALL_DESTINATION "${BERTH_CMAKE_DIR}")
write_basic_package_version_file(
  "${CMAKE_CURRENT_BINARY_DIR}/berthConfigVersion.cmake"
  COMPATIBILITY SameMinorVersion)
install(
  FILES "${CMAKE_CURRENT_BINARY_DIR}/berthConfig.cmake"
        "${CMAKE_CURRENT_BINARY_DIR}/berthConfigVersion.cmake"
  DESTINATION "${BERTH_CMAKE_DIR}"
  COMPONENT berth_client)

# The prefix is known only when it is installed: it may differ from the one
# that the build was configured with.
install(
  CODE "
  set(PROJECT_VERSION \"${PROJECT_VERSION}\")
  set(CMAKE_INSTALL_LIBDIR \"${CMAKE_INSTALL_LIBDIR}\")
  set(CMAKE_INSTALL_INCLUDEDIR \"${CMAKE_INSTALL_INCLUDEDIR}\")
  configure_file(\"${CMAKE_CURRENT_SOURCE_DIR}/berth-client.pc.in\"
                 \"${CMAKE_CURRENT_BINARY_DIR}/berth-client.pc\" @ONLY)
  file(INSTALL \"${CMAKE_CURRENT_BINARY_DIR}/berth-client.pc\" DESTINATION
       \"\${CMAKE_INSTALL_PREFIX}/${CMAKE_INSTALL_LIBDIR}/pkgconfig\")"
  COMPONENT berth_client)
