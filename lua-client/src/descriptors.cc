#include "lua-client/src/descriptors.h"

#include <google/protobuf/descriptor.h>
#include <google/protobuf/descriptor.pb.h>
#include <google/protobuf/dynamic_message.h>

// The compiled files of proto/, a FileDescriptorSet.
asm(".pushsection .rodata\n"
    "berth_descriptors_begin: .incbin \"" BERTH_DESCRIPTORS
    "\"\n"
    "berth_descriptors_end: .popsection\n");
extern "C" const char berth_descriptors_begin[], berth_descriptors_end[];

namespace berth::lua {
namespace {

// The module's own, since the pool of generated messages is the host's, too.
struct Pool {
  Pool() {
    google::protobuf::FileDescriptorSet set;
    set.ParseFromArray(
        berth_descriptors_begin,
        static_cast<int>(berth_descriptors_end - berth_descriptors_begin));
    // Each file comes after those that it imports.
    for (const auto& file : set.file()) descriptors.BuildFile(file);
  }

  google::protobuf::DescriptorPool descriptors;
  google::protobuf::DynamicMessageFactory factory{&descriptors};
};

}  // namespace

std::unique_ptr<google::protobuf::Message> NewMessage(const char* type) {
  static Pool* const pool = new Pool;  // messages outlive every destructor
  const google::protobuf::Descriptor* descriptor =
      pool->descriptors.FindMessageTypeByName(type);
  if (descriptor == nullptr) return nullptr;
  return std::unique_ptr<google::protobuf::Message>(
      pool->factory.GetPrototype(descriptor)->New());
}

}  // namespace berth::lua
