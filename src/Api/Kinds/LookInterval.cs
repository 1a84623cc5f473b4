namespace Slipway.Api.Kinds;

/// <summary>How long it is between two looks of a trigger.</summary>
internal static class LookInterval
{
    private static readonly TimeSpan Shortest = TimeSpan.FromSeconds(1), Longest = TimeSpan.FromHours(24);

    /// <summary>Reads it, within its bounds.</summary>
    public static bool TryParse(string? text, out TimeSpan every) => FlowDuration.TryParse(text, out every) && every >= Shortest && every <= Longest;
}
