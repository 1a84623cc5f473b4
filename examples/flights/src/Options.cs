using System.Globalization;

namespace Flights;

/// <summary>The options of a command: pairs of <c>--name value</c>.</summary>
internal sealed class Options
{
    private readonly Dictionary<string, string> given = [];
    private readonly HashSet<string> asked = [];

    public static Options Parse(ReadOnlySpan<string> args)
    {
        var options = new Options();
        for (var i = 0; i < args.Length; i += 2)
        {
            if (!args[i].StartsWith("--", StringComparison.Ordinal) || i + 1 == args.Length)
                throw new FlightsException($"'{args[i]}' is not an option with a value, such as --month 2001-06.");
            options.given[args[i][2..]] = args[i + 1];
        }
        return options;
    }

    /// <summary>The option's text, or <paramref name="otherwise"/>; without that, the option is required.</summary>
    public string Text(string name, string? otherwise = null)
    {
        asked.Add(name);
        return given.GetValueOrDefault(name) ?? otherwise ?? throw new FlightsException($"The option --{name} is missing.");
    }

    public int Number(string name, int otherwise)
    {
        var text = Text(name, otherwise.ToString(CultureInfo.InvariantCulture));
        return int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number
            : throw new FlightsException($"The option --{name} is '{text}': a whole number is expected.");
    }

    public DateOnly Date(string name, string otherwise)
    {
        var text = Text(name, otherwise);
        return DateOnly.TryParseExact(text, "yyyy-MM-dd", out var date) ? date
            : throw new FlightsException($"The option --{name} is '{text}': a date such as 2001-01-31 is expected.");
    }

    /// <summary>Refuses options that the command has not asked for.</summary>
    public void RefuseUnused()
    {
        if (given.Keys.FirstOrDefault(name => !asked.Contains(name)) is { } unknown)
            throw new FlightsException($"The option --{unknown} is not known to this command.");
    }
}
