using System.Text.Json.Nodes;
using Slipway.Api.Documents;

namespace Slipway.Cli.Why;

/// <summary>Something that must be read from the cluster.</summary>
internal abstract record Question
{
    /// <summary>One object; <paramref name="Namespace"/> is empty for cluster-scoped kinds.</summary>
    public sealed record OneObject(KindName Kind, string Namespace, string Name) : Question;

    /// <summary>All objects of a kind in a namespace; in all of them, or of the cluster, when it is empty.</summary>
    public sealed record Collection(KindName Kind, string Namespace) : Question;

    /// <summary>What was reported about an object; <paramref name="Namespace"/> is empty for cluster-scoped ones.</summary>
    public sealed record Events(string Kind, string Namespace, string Name, string Uid) : Question;

    /// <summary>The last lines that a container wrote, or its predecessor of the same name.</summary>
    public sealed record Log(string Namespace, string Pod, string Container, bool Previous) : Question;
}

/// <summary>What the cluster answered.</summary>
/// <param name="Documents">The objects; none when there is no such object, or when the kind is not served.</param>
internal sealed record Answer(IReadOnlyList<JsonObject> Documents)
{
    /// <summary>Lines of a log.</summary>
    public IReadOnlyList<string> Lines { get; init; } = [];

    /// <summary>Why the server refused to answer; null when it did not.</summary>
    public string? Refusal { get; init; }
}

/// <summary>
/// A look at the cluster by what has been read of it so far. What a diagnosis asks for and is not there yet reads as absent and is
/// noted as open; it is read, and the diagnosis made again, until nothing is open. So a diagnosis is a pure function of what was read, and no
/// more is read than it needs.
/// </summary>
internal sealed class Inquiry(IReadOnlyDictionary<Question, Answer> answers, DateTimeOffset now)
{
    private readonly HashSet<Question> _open = [];
    private readonly HashSet<string> _within = new(StringComparer.Ordinal);
    private readonly SortedSet<string> _refusals = new(StringComparer.Ordinal);

    /// <summary>The time of the cluster's observation.</summary>
    public DateTimeOffset Now => now;

    /// <summary>What must be read before the diagnosis counts.</summary>
    public IReadOnlyCollection<Question> Open => _open;

    /// <summary>What the server refused to tell, in its own words.</summary>
    public IReadOnlyCollection<string> Refusals => _refusals;

    /// <summary>An object; null when there is none, or it may not be read.</summary>
    public JsonObject? Find(KindName kind, string ns, string name) =>
        Known(kind, ns) is { } all ? all.FirstOrDefault(document => document.Name == name && document.Namespace == ns)
        : Ask(new Question.OneObject(kind, ns, name)).Documents is [var only, ..] ? only : null;

    /// <summary>Whether it is known that there is no such object; false also when it may not be read.</summary>
    public bool IsAbsent(KindName kind, string ns, string name) => Find(kind, ns, name) is null
        && (Known(kind, ns) is not null || answers.TryGetValue(new Question.OneObject(kind, ns, name), out var answer) && answer.Refusal is null);

    /// <summary>The objects of a kind in a namespace; in all when it is empty.</summary>
    public IReadOnlyList<JsonObject> List(KindName kind, string ns) => Known(kind, ns) ?? Ask(new Question.Collection(kind, ns)).Documents;

    /// <summary>The events about an object, the newest first.</summary>
    public IReadOnlyList<Event> Events(JsonObject about) =>
        [.. Ask(new Question.Events(about.Kind, about.Namespace, about.Name, about.Uid)).Documents.Select(Event.Of).OrderByDescending(e => e.Last)];

    /// <summary>The last lines that a container wrote, or its predecessor.</summary>
    public IReadOnlyList<string> Log(JsonObject pod, string container, bool previous) =>
        Ask(new Question.Log(pod.Namespace, pod.Name, container, previous)).Lines;

    // What has been read of a kind, in this namespace or in all.
    private IReadOnlyList<JsonObject>? Known(KindName kind, string ns)
    {
        if (answers.TryGetValue(new Question.Collection(kind, ns), out var own) && own.Refusal is null)
            return own.Documents;
        return answers.TryGetValue(new Question.Collection(kind, ""), out var all) && all.Refusal is null
            ? [.. all.Documents.Where(document => document.Namespace == ns)]
            : null;
    }

    /// <summary>What is found out about an object on which others depend; nothing while it is being looked into already, as where two services wait for each other.</summary>
    public IReadOnlyList<Cause> Within(JsonObject item, Func<IReadOnlyList<Cause>> find)
    {
        var key = $"{item.Kind}/{item.Namespace}/{item.Name}";
        if (!_within.Add(key))
            return [];
        try
        {
            return find();
        }
        finally
        {
            _within.Remove(key);
        }
    }

    private Answer Ask(Question question)
    {
        if (!answers.TryGetValue(question, out var answer))
        {
            _open.Add(question);
            return Nothing;
        }
        if (answer.Refusal is { } refusal)
            _refusals.Add(refusal);
        return answer;
    }

    private static readonly Answer Nothing = new([]);
}
