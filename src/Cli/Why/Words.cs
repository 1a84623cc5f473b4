using System.Globalization;

namespace Slipway.Cli.Why;

/// <summary>How causes name things.</summary>
internal static class Words
{
    private const int LongestLine = 400;

    /// <summary><c>a, b and c</c>; of many, the first three and the number of the others.</summary>
    public static string List(IEnumerable<string> names)
    {
        var all = names.ToList();
        return all switch
        {
            [] => "",
            [var only] => only,
            [var first, var second] => $"{first} and {second}",
            [var first, var second, var third] => $"{first}, {second} and {third}",
            _ => string.Create(CultureInfo.InvariantCulture, $"{all[0]}, {all[1]}, {all[2]} and {all.Count - 3} more"),
        };
    }

    /// <summary><c>1 pod</c>, <c>2 pods</c>.</summary>
    public static string Count(long number, string noun) => string.Create(CultureInfo.InvariantCulture, $"{number} {noun}{(number == 1 ? "" : "s")}");

    /// <summary><c>1 of 3 pods</c>.</summary>
    public static string Part(long number, long whole, string noun) => string.Create(CultureInfo.InvariantCulture, $"{number} of {whole} {noun}s");

    /// <summary><c>is</c> or <c>are</c>.</summary>
    public static string Are(long number) => number == 1 ? "is" : "are";

    /// <summary><c>just now</c>, <c>5m ago</c>, <c>3h ago</c>, <c>2d ago</c>.</summary>
    public static string Ago(TimeSpan time) => time < TimeSpan.FromMinutes(1) ? "just now" : $"{Span(time)} ago";

    /// <summary>A time in its largest unit: <c>40s</c>, <c>5m</c>, <c>3h</c>, <c>2d</c>.</summary>
    public static string Span(TimeSpan time) => time switch
    {
        { TotalSeconds: < 60 } => string.Create(CultureInfo.InvariantCulture, $"{(int)time.TotalSeconds}s"),
        { TotalMinutes: < 60 } => string.Create(CultureInfo.InvariantCulture, $"{(int)time.TotalMinutes}m"),
        { TotalHours: < 48 } => string.Create(CultureInfo.InvariantCulture, $"{(int)time.TotalHours}h"),
        _ => string.Create(CultureInfo.InvariantCulture, $"{(int)time.TotalDays}d"),
    };

    /// <summary>A message as one line of bounded length.</summary>
    public static string OneLine(string? message)
    {
        var line = Flat(message);
        return line.Length <= LongestLine ? line : line[..LongestLine] + "…";
    }

    /// <summary>A message as one line, whole.</summary>
    public static string Flat(string? message) => string.Join(' ', (message ?? "").Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries));
}
