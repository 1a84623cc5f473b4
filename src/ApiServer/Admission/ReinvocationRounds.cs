using System.Text.Json.Nodes;

namespace Slipway.ApiServer.Admission;

/// <summary>What a plugin that calls others remembers between its two rounds: who has been called, and who is to be called again.</summary>
internal sealed class ReinvocationRounds
{
    private readonly HashSet<string> _again = new(StringComparer.Ordinal);
    private readonly List<string> _called = [];

    /// <summary>The object after the first round.</summary>
    public JsonNode? Output { get; set; }

    /// <summary>Whether anybody asks to be called again.</summary>
    public bool HasAny => _called.Count + _again.Count > 0;

    /// <summary>Notes that somebody has been called who asks to be called again if the object changes.</summary>
    public void Called(string id) => _called.Add(id);

    /// <summary>Marks what has been called so far.</summary>
    public void CallAgain()
    {
        _again.UnionWith(_called);
        _called.Clear();
    }

    public bool IsToBeCalledAgain(string id) => _again.Contains(id);
}
