using Grpc.Core;

namespace Slipway.Storage.Etcd;

/// <summary>What a failed call means.</summary>
internal enum Fault
{
    /// <summary>This member could not do it, or did not say; another may.</summary>
    Member,

    /// <summary>The etcd has reached its quota.</summary>
    Full,

    /// <summary>The request is larger than etcd takes.</summary>
    TooLarge,

    /// <summary>The revision has been compacted.</summary>
    Compacted,

    /// <summary>The revision has not been reached.</summary>
    Future,

    /// <summary>The etcd does not let this client do it.</summary>
    Refused,
}

/// <summary>Reads failed calls. The texts are those of etcd's <c>api/v3rpc/rpctypes</c>, which are part of its interface.</summary>
internal static class Faults
{
    public static Fault Of(RpcException e) => e.StatusCode switch
    {
        StatusCode.ResourceExhausted when Says(e, "database space exceeded") => Fault.Full,
        StatusCode.ResourceExhausted when Says(e, "larger than max") => Fault.TooLarge,
        StatusCode.InvalidArgument when Says(e, "request is too large") => Fault.TooLarge,
        StatusCode.OutOfRange when Says(e, "has been compacted") => Fault.Compacted,
        StatusCode.OutOfRange => Fault.Future,
        StatusCode.InvalidArgument or StatusCode.PermissionDenied or StatusCode.Unauthenticated or StatusCode.Unimplemented or StatusCode.FailedPrecondition => Fault.Refused,
        _ => Fault.Member,
    };

    /// <summary>
    /// Whether the request may have reached the cluster, and be carried out now or later. It has not if there was no connection
    /// to send it on.
    /// </summary>
    public static bool MayTakeEffect(RpcException e) => Of(e) == Fault.Member && e.Status.DebugException is not HttpRequestException
    {
        HttpRequestError: HttpRequestError.ConnectionError or HttpRequestError.NameResolutionError or HttpRequestError.SecureConnectionError,
    };

    /// <summary>The cause in a few words.</summary>
    public static string Describe(RpcException e)
    {
        Exception? cause = e.Status.DebugException;
        while (cause?.InnerException is { } inner)
            cause = inner;
        return cause?.Message ?? (e.Status.Detail.Length > 0 ? e.Status.Detail : e.StatusCode.ToString());
    }

    private static bool Says(RpcException e, string text) => e.Status.Detail.Contains(text, StringComparison.Ordinal);
}
