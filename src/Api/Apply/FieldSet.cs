using System.Text;

namespace Slipway.Api.Apply;

/// <summary>
/// A set of field paths. A path and a longer one that begins with it are members independently of each other. Sets are not
/// changed once built; operations share what they leave as it is.
/// </summary>
/// <remarks>The operations are those of
/// <see href="https://github.com/kubernetes-sigs/structured-merge-diff">structured-merge-diff</see>.</remarks>
internal sealed class FieldSet
{
    /// <summary>The set without members.</summary>
    public static readonly FieldSet Empty = new();

    private readonly Dictionary<string, Entry> entries = new(StringComparer.Ordinal);

    /// <summary>What a set holds at one element: the path itself, and paths below it (null for none).</summary>
    public readonly record struct Entry(bool IsMember, FieldSet? Below);

    public bool IsEmpty => entries.Count == 0;

    /// <summary>Makes a set from paths of elements.</summary>
    public static FieldSet Of(params IEnumerable<string[]> paths)
    {
        var set = new FieldSet();
        foreach (var path in paths) set.Insert(path);
        return set;
    }

    /// <summary>What the set holds at an element; nothing by default.</summary>
    public Entry this[string element] => entries.GetValueOrDefault(element);

    /// <summary>The entries, in no order.</summary>
    public IReadOnlyCollection<KeyValuePair<string, Entry>> Entries => entries;

    /// <summary>The entries, in the order of elements.</summary>
    public IEnumerable<KeyValuePair<string, Entry>> InOrder()
    {
        var ordered = entries.ToArray();
        Array.Sort(ordered, static (a, b) => PathElement.Compare(a.Key, b.Key));
        return ordered;
    }

    /// <summary>Puts an entry in while the set is being built.</summary>
    internal void Add(string element, bool isMember, FieldSet? below)
    {
        if (below is { IsEmpty: true }) below = null;
        if (isMember || below is not null) entries[element] = new(isMember, below);
    }

    /// <summary>Whether a path is a member.</summary>
    public bool Has(params ReadOnlySpan<string> path)
    {
        var set = this;
        for (var i = 0; i < path.Length - 1; i++)
        {
            if (set[path[i]].Below is not { } below) return false;
            set = below;
        }
        return set[path[^1]].IsMember;
    }

    /// <summary>The members of either set.</summary>
    public FieldSet Union(FieldSet other)
    {
        if (IsEmpty) return other;
        if (other.IsEmpty) return this;
        var result = new FieldSet();
        foreach (var (element, entry) in entries) result.entries[element] = entry;
        foreach (var (element, entry) in other.entries)
        {
            var mine = this[element];
            result.entries[element] = new(mine.IsMember || entry.IsMember, mine.Below is null ? entry.Below : entry.Below is null ? mine.Below : mine.Below.Union(entry.Below));
        }
        return result;
    }

    /// <summary>The members of both sets.</summary>
    public FieldSet Intersection(FieldSet other)
    {
        if (IsEmpty || other.IsEmpty) return Empty;
        var result = new FieldSet();
        foreach (var (element, entry) in entries)
        {
            var theirs = other[element];
            result.Add(element, entry.IsMember && theirs.IsMember, entry.Below is null || theirs.Below is null ? null : entry.Below.Intersection(theirs.Below));
        }
        return result;
    }

    /// <summary>The members that are not members of <paramref name="other"/>. What lies below a removed path stays.</summary>
    public FieldSet Difference(FieldSet other)
    {
        if (IsEmpty || other.IsEmpty) return this;
        var result = new FieldSet();
        foreach (var (element, entry) in entries)
        {
            var theirs = other[element];
            result.Add(element, entry.IsMember && !theirs.IsMember, entry.Below is null || theirs.Below is null ? entry.Below : entry.Below.Difference(theirs.Below));
        }
        return result;
    }

    /// <summary>The set without the entries that <paramref name="keep"/> refuses, whatever lies below them.</summary>
    public FieldSet Where(Func<string, bool> keep)
    {
        var result = new FieldSet();
        foreach (var (element, entry) in entries)
            if (keep(element)) result.entries[element] = entry;
        return result;
    }

    /// <summary>The same members at another entry's place; for filters of what lies below one element.</summary>
    public FieldSet With(string element, Func<FieldSet, FieldSet> change)
    {
        if (this[element].Below is not { } below) return this;
        var result = new FieldSet();
        foreach (var (name, entry) in entries) result.entries[name] = entry;
        result.entries.Remove(element);
        result.Add(element, this[element].IsMember, change(below));
        return result;
    }

    /// <summary>The paths as messages show them: at each level first the members, then what lies below.</summary>
    public IEnumerable<string> Shown(string prefix = "")
    {
        foreach (var (element, entry) in InOrder())
            if (entry.IsMember) yield return prefix + PathElement.Shown(element);
        foreach (var (element, entry) in InOrder())
        {
            if (entry.Below is null) continue;
            foreach (var path in entry.Below.Shown(prefix + PathElement.Shown(element))) yield return path;
        }
    }

    /// <summary>Whether both have the same members.</summary>
    public bool SetEquals(FieldSet other)
    {
        if (ReferenceEquals(this, other)) return true;
        if (entries.Count != other.entries.Count) return false;
        foreach (var (element, entry) in entries)
        {
            if (!other.entries.TryGetValue(element, out var theirs) || entry.IsMember != theirs.IsMember || entry.Below is null != theirs.Below is null) return false;
            if (entry.Below is not null && !entry.Below.SetEquals(theirs.Below!)) return false;
        }
        return true;
    }

    /// <inheritdoc/>
    public override string ToString() => Encoding.UTF8.GetString(FieldsV1.Write(this));

    private void Insert(ReadOnlySpan<string> path)
    {
        var entry = this[path[0]];
        if (path.Length == 1)
        {
            entries[path[0]] = entry with { IsMember = true };
            return;
        }
        var below = entry.Below ?? new FieldSet();
        below.Insert(path[1..]);
        entries[path[0]] = entry with { Below = below };
    }
}
