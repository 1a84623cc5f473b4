namespace Slipway.ApiServer.Audit;

/// <summary>
/// What the steps of a request tell its record, by keys such as <c>pod-security.kubernetes.io/audit-violations</c>. Of a step that
/// is done again, the last word counts. May be called from several threads.
/// </summary>
internal sealed class AuditAnnotations
{
    public const string Decision = "authorization.k8s.io/decision";
    public const string Reason = "authorization.k8s.io/reason";
    public const string Deprecated = "k8s.io/deprecated";

    private readonly SortedDictionary<string, string> _values = new(StringComparer.Ordinal);
    private volatile Target? _target;

    /// <summary>What a request is about that its path does not say, such as the object that a creation made; null while nobody knows.</summary>
    public Target? About
    {
        get => _target;
        set => _target = value;
    }

    public void Set(string key, string value)
    {
        lock (_values) _values[key] = value;
    }

    /// <summary>All of them, by key.</summary>
    public KeyValuePair<string, string>[] All()
    {
        lock (_values) return [.. _values];
    }

    /// <summary>An object.</summary>
    /// <param name="Name">Its name; empty while it has none.</param>
    /// <param name="Uid">Its uid; empty while it has none.</param>
    internal sealed record Target(string Name, string Uid);
}
