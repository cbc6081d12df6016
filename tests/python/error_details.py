"""What a failed call tells beside its code, in the standard messages."""

from google.rpc import error_details_pb2, status_pb2


def status_of(error):
    """The google.rpc.Status that came with a failed call."""
    for key, value in error.trailing_metadata():
        if key == "grpc-status-details-bin":
            return status_pb2.Status.FromString(value)
    raise AssertionError(f"no details: {error}")


def detail(error, message_type):
    return detail_of(status_of(error), message_type)


def error_info(error):
    return error_info_of(status_of(error))


def error_info_of(status):
    return detail_of(status, error_details_pb2.ErrorInfo)


def detail_of(status, message_type):
    for any_detail in status.details:
        message = message_type()
        if any_detail.Unpack(message):
            return message
    raise AssertionError(f"no {message_type.DESCRIPTOR.full_name}: {status}")
