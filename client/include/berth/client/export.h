// Marks what libberth_client.so exports; everything else in it is hidden.
#ifndef BERTH_CLIENT_EXPORT_H_
#define BERTH_CLIENT_EXPORT_H_

#define BERTH_CLIENT_EXPORT __attribute__((visibility("default")))

#endif  // BERTH_CLIENT_EXPORT_H_
