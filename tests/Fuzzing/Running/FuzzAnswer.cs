namespace Slipway.Fuzzing.Running;

/// <summary>What came back.</summary>
/// <param name="Status">Status code; 0 when the connection or stream ended without an answer.</param>
/// <param name="ContentType">Media type; empty when the answer names none.</param>
/// <param name="Body">The body, or what had come of it when the client left.</param>
/// <param name="IsWhole">Whether the body was read to its end.</param>
/// <param name="IsCompressed">Whether the body is compressed.</param>
/// <param name="Closes">Whether the server ends the connection after it.</param>
public sealed record FuzzAnswer(int Status, string ContentType, byte[] Body, bool IsWhole, bool IsCompressed, bool Closes)
{
    /// <summary>No answer.</summary>
    public static FuzzAnswer None { get; } = new(0, "", [], true, false, true);
}

/// <summary>Sends requests to the server.</summary>
internal interface ITransport : IAsyncDisposable
{
    /// <summary>Sends a request and reads the answer; that of one that lasts is left after a moment.</summary>
    /// <exception cref="OperationCanceledException">No answer came in time.</exception>
    Task<FuzzAnswer> SendAsync(FuzzRequest request, CancellationToken cancellation);
}
