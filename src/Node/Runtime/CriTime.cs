namespace Slipway.Node.Runtime;

/// <summary>Times of the CRI: nanoseconds since the Unix epoch.</summary>
internal static class CriTime
{
    public static DateTimeOffset From(long nanoseconds) => DateTimeOffset.UnixEpoch.AddTicks(nanoseconds / 100);
}
