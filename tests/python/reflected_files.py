"""What server reflection answers, made usable."""

from google.protobuf import descriptor_pb2, descriptor_pool


def pool_of(serialised_files):
    """A pool with these files, whatever their order. Fails for a missing one."""
    files = {}
    for serialised in serialised_files:
        file = descriptor_pb2.FileDescriptorProto.FromString(serialised)
        files[file.name] = file
    pool = descriptor_pool.DescriptorPool()
    added = set()

    def add(name):
        if name not in added:
            added.add(name)
            for dependency in files[name].dependency:
                add(dependency)
            pool.Add(files[name])

    for name in files:
        add(name)
    return pool
