using System.Globalization;
using System.Text;

namespace Slipway.Node.Logs;

/// <summary>
/// One line of a log in the CRI's format: <c>time stream tags content</c>, such as
/// <c>2026-01-02T03:04:05.123456789Z stdout F hello</c>. The tag <c>P</c> marks a part of a longer line.
/// </summary>
/// <param name="Time">When it was written.</param>
/// <param name="TimeText">The time as it stands in the log.</param>
/// <param name="IsError">Whether it went to standard error.</param>
/// <param name="IsPartial">Whether the line goes on in the next one of its stream.</param>
/// <param name="Content">What was written, without a line's end.</param>
internal readonly record struct CriLogLine(DateTimeOffset Time, string TimeText, bool IsError, bool IsPartial, ReadOnlyMemory<byte> Content)
{
    /// <summary>Parses a line without its end; null when it is not of the format.</summary>
    public static CriLogLine? Parse(ReadOnlyMemory<byte> line)
    {
        var span = line.Span;
        var first = span.IndexOf((byte)' ');
        if (first < 0)
            return null;
        var second = span[(first + 1)..].IndexOf((byte)' ');
        if (second < 0)
            return null;
        second += first + 1;
        var third = span[(second + 1)..].IndexOf((byte)' ');
        third = third < 0 ? span.Length : third + second + 1;
        var time = Encoding.ASCII.GetString(span[..first]);
        if (!DateTimeOffset.TryParse(Shortened(time), CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var at))
            return null;
        var isError = span[(first + 1)..second].SequenceEqual("stderr"u8);
        if (!isError && !span[(first + 1)..second].SequenceEqual("stdout"u8))
            return null;
        var tags = span[(second + 1)..third];
        var colon = tags.IndexOf((byte)':');
        return new(at, time, isError, (colon < 0 ? tags : tags[..colon]).SequenceEqual("P"u8), third == span.Length ? default : line[(third + 1)..]);
    }

    /// <summary>All whole lines of a piece of a log.</summary>
    public static IEnumerable<CriLogLine> ReadAll(ReadOnlyMemory<byte> log)
    {
        while (log.Span.IndexOf((byte)'\n') is >= 0 and var end)
        {
            if (Parse(log[..end]) is { } line)
                yield return line;
            log = log[(end + 1)..];
        }
    }

    // Nanoseconds are more digits than the base library reads.
    private static string Shortened(string time)
    {
        var dot = time.IndexOf('.', StringComparison.Ordinal);
        if (dot < 0)
            return time;
        var end = dot + 1;
        while (end < time.Length && char.IsAsciiDigit(time[end]))
            end++;
        return end - dot - 1 <= 7 ? time : string.Concat(time.AsSpan(0, dot + 8), time.AsSpan(end));
    }
}
