using System.Text.Json.Nodes;

namespace Slipway.Cli.Why;

/// <summary>One link in the chain of why something is not as it was declared.</summary>
/// <param name="What">What is so, as one sentence without the full stop.</param>
internal sealed record Cause(string What)
{
    /// <summary>What shows it, as it was reported: events, conditions, exits, last lines of logs, measurements.</summary>
    public IReadOnlyList<string> Evidence { get; init; } = [];

    /// <summary>What it comes from; several when each of them by itself would hold things up.</summary>
    public IReadOnlyList<Cause> Because { get; init; } = [];

    /// <summary>The smallest change that mends it; null when what is below says it, or when nothing but waiting is to be done.</summary>
    public Remedy? Remedy { get; init; }

    /// <summary>Whether another cause is the same but for its evidence, so that both are told as one.</summary>
    public bool IsLike(Cause other) => What == other.What && Remedy == other.Remedy
        && Because.Count == other.Because.Count && Because.Zip(other.Because).All(pair => pair.First.IsLike(pair.Second));
}

/// <summary>A change that mends a cause.</summary>
/// <param name="Advice">What to do, as one sentence without the full stop.</param>
internal sealed record Remedy(string Advice)
{
    /// <summary>A command line that does it; words in capitals are to be filled in.</summary>
    public string? Command { get; init; }

    /// <summary>The object whose manifest is to be changed, such as <c>deployment/web</c>.</summary>
    public string? Object { get; init; }

    /// <summary>The path of the field in that manifest, as the API's own messages write it.</summary>
    public string? Path { get; init; }

    /// <summary>The field's new value, as YAML of one line; words in capitals are to be filled in.</summary>
    public string? Value { get; init; }
}

/// <summary>What is found out about an object.</summary>
/// <param name="Object">The object.</param>
/// <param name="State">How it is, as one sentence without the full stop.</param>
/// <param name="Causes">Why it is not as declared; empty when it is.</param>
internal sealed record Finding(JsonObject Object, string State, IReadOnlyList<Cause> Causes)
{
    /// <summary>Whether the object is as it was declared.</summary>
    public bool IsAsDeclared => Causes.Count == 0;
}
