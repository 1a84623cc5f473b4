using System.Text.Json.Nodes;
using Slipway.Api.Documents;
using Slipway.Api.Patches;
using Slipway.Api.Rules;

namespace Slipway.Api.Tests.Rules;

/// <summary>Rows of rules: a change that makes a valid object wrong, and what is said of it.</summary>
internal sealed class RuleTable(string group, string kind, string valid)
{
    private readonly KindRules _rules = KindRules.For(group, kind);

    /// <summary>Asserts what is wrong with the valid object after a change.</summary>
    /// <param name="change">A merge patch, in YAML.</param>
    /// <param name="expected">How each finding begins, a line each, in any order; empty for none.</param>
    public void Check(string change, string expected) => Compare(expected, _rules.Validate(Changed(change)));

    /// <summary>Asserts what is wrong with an update of the valid object, made by two changes of it.</summary>
    public void CheckUpdate(string before, string after, string expected)
    {
        var old = Changed(before);
        var updated = Apply(old, after);
        _rules.PrepareUpdate(old, updated);
        Compare(expected, _rules.ValidateUpdate(old, updated));
    }

    /// <summary>Asserts what is wrong with a write of the status of the valid object, made by two changes of it.</summary>
    public void CheckStatus(string before, string after, string expected)
    {
        var old = Changed(before);
        Compare(expected, _rules.ValidateStatusUpdate(old, Apply(old, after)));
    }

    /// <summary>Asserts what is warned of when the valid object is created after a change.</summary>
    public void CheckWarnings(string change, string expected) =>
        Assert.Equal(expected.Split('\n', StringSplitOptions.RemoveEmptyEntries), _rules.Warnings(null, Changed(change)));

    /// <summary>Asserts what a part of the object is after defaults.</summary>
    public void CheckDefault(string change, string path, string json) => Json.AssertEqual(json, Changed(change).At(path));

    private JsonObject Changed(string change)
    {
        var document = Json.Named(valid);
        if (!_rules.IsNamespaced) document.Namespace = "";
        return Apply(document, change);
    }

    private JsonObject Apply(JsonObject document, string change)
    {
        var changed = change.Length == 0 ? document : MergePatch.Apply(document, Json.Of(change))!.AsObject();
        changed = changed.DeepClone().AsObject();
        _rules.Default(changed);
        return changed;
    }

    private static void Compare(string expected, IReadOnlyList<StatusCause> causes)
    {
        var wanted = expected.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        var given = Json.Shown(causes).ToList();
        var left = given.ToList();
        foreach (var line in wanted) left.Remove(left.FirstOrDefault(g => g.StartsWith(line, StringComparison.Ordinal)) ?? "");
        Assert.True(left.Count == 0 && given.Count == wanted.Length, $"expected\n{string.Join('\n', wanted)}\nbut was\n{string.Join('\n', given)}");
    }
}
