using System.Globalization;
using System.Text.RegularExpressions;

namespace Slipway.Api.Kinds;

/// <summary>
/// A place in the tree of a run: <c>clean</c>; <c>clean[3]</c> for an item of forEach; <c>train@2</c> for a round of repeat; with a dot
/// before what a called template or flow runs, <c>etl[2].clean[5]</c>. With its number it is the identity of an attempt.
/// </summary>
public sealed partial class TaskPath : IEquatable<TaskPath>
{
    private TaskPath(TaskPath? parent, string name, int? index, int? round)
    {
        Parent = parent;
        Name = name;
        Index = index;
        Round = round;
        var item = index is { } i ? string.Create(CultureInfo.InvariantCulture, $"[{i}]") : "";
        var pass = round is { } r ? string.Create(CultureInfo.InvariantCulture, $"@{r}") : "";
        Text = $"{(parent is null ? "" : parent.Text + ".")}{name}{item}{pass}";
    }

    /// <summary>The call that this lies in; null for a task of the run's own flow.</summary>
    public TaskPath? Parent { get; }

    /// <summary>Name of the task.</summary>
    public string Name { get; }

    /// <summary>Index of the item in forEach, from 0; null without forEach.</summary>
    public int? Index { get; }

    /// <summary>Number of the round of repeat, from 1; null without repeat.</summary>
    public int? Round { get; }

    /// <summary>The path as text, from which <see cref="TryParse"/> reads it.</summary>
    public string Text { get; }

    /// <summary>The path as one types it in a shell, to which brackets are a pattern: <c>'clean[3]'</c>.</summary>
    public string Argument => Text.Contains('[', StringComparison.Ordinal) ? $"'{Text}'" : Text;

    /// <summary>The names alone, <c>etl.clean</c>: which task of the definition this is, whatever its index.</summary>
    public string Task => Parent is null ? Name : $"{Parent.Task}.{Name}";

    /// <summary>Names from the run's own flow down to the task.</summary>
    public IEnumerable<string> Names => Parent is null ? [Name] : [.. Parent.Names, Name];

    /// <summary>A path below a call, or of the run's own flow.</summary>
    public static TaskPath Of(TaskPath? parent, string name, int? index = null, int? round = null) => new(parent, name, index, round);

    /// <summary>Reads a path; null if the text is none.</summary>
    public static TaskPath? TryParse(string? text)
    {
        TaskPath? path = null;
        foreach (var part in (text ?? "").Split('.'))
        {
            if (Part().Match(part) is not { Success: true } match)
                return null;
            path = new TaskPath(path, match.Groups["name"].Value, Number(match.Groups["index"]), Number(match.Groups["round"]));
        }

        return path;

        static int? Number(Group group) => group.Success ? int.Parse(group.Value, CultureInfo.InvariantCulture) : null;
    }

    /// <summary>Whether another path is this one, an item or round of it, or lies in it: <c>etl</c> covers <c>etl[2].clean[5]</c>.</summary>
    public bool Covers(TaskPath other)
    {
        var (mine, theirs) = (Depth(this), Depth(other));
        if (mine > theirs)
            return false;
        var (a, b) = (this, other);
        for (; theirs > mine; theirs--)
            b = b.Parent!;
        for (; a is not null && b is not null; (a, b) = (a.Parent!, b.Parent!))
        {
            if (a.Name != b.Name || (a.Index is not null && a.Index != b.Index) || (a.Round is not null && a.Round != b.Round))
                return false;
        }

        return true;

        static int Depth(TaskPath path) => path.Parent is null ? 1 : Depth(path.Parent) + 1;
    }

    /// <inheritdoc/>
    public bool Equals(TaskPath? other) => other is not null && Text == other.Text;

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as TaskPath);

    /// <inheritdoc/>
    public override int GetHashCode() => Text.GetHashCode(StringComparison.Ordinal);

    /// <inheritdoc/>
    public override string ToString() => Text;

    [GeneratedRegex(@"^(?<name>[A-Za-z0-9]([-A-Za-z0-9]*[A-Za-z0-9])?)(\[(?<index>\d{1,6})\])?(@(?<round>\d{1,6}))?$")]
    private static partial Regex Part();
}
