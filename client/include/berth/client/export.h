// Marks what libberth_client.so exports; everything else in it is hidden.
#ifndef BERTH_CLIENT_EXPORT_H_
#define BERTH_CLIENT_EXPORT_H_

#define BERTH_CLIENT_EXPORT __attribute__((visibility("default")))

// The same for the generated messages, whose installed headers include this.
#ifndef BERTH_PROTO_EXPORT
#define BERTH_PROTO_EXPORT __attribute__((visibility("default")))
#endif

#endif  // BERTH_CLIENT_EXPORT_H_
