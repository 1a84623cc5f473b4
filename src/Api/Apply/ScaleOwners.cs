namespace Slipway.Api.Apply;

/// <summary>
/// The owners of an object's <c>scale</c>: those of the object's replicas. What they come to own of the scale they own of the object.
/// </summary>
public static class ScaleOwners
{
    private const string ScaleVersion = "autoscaling/v1";
    private static readonly string[] Replicas = ["f:spec", "f:replicas"];

    /// <summary>The owners of the scale.</summary>
    /// <param name="owners">The owners of the object.</param>
    /// <param name="pathOf">Where the object has its replicas in a version, as a dotted path; null for a version that has no scale.</param>
    public static ManagedFields Of(ManagedFields owners, Func<string, string?> pathOf) =>
        new([.. owners.Entries.Where(e => Owns(e, pathOf)).Select(e => e with { ApiVersion = ScaleVersion, Fields = FieldSet.Of(Replicas) })]);

    /// <summary>The owners of the object after a write of its scale.</summary>
    /// <param name="owners">The owners of the object before.</param>
    /// <param name="scale">The owners of the scale after.</param>
    /// <param name="apiVersion">Version in which the object's new owners are told.</param>
    /// <param name="pathOf">Where the object has its replicas in a version, as a dotted path; null for a version that has no scale.</param>
    public static ManagedFields After(ManagedFields owners, ManagedFields scale, string apiVersion, Func<string, string?> pathOf)
    {
        var now = scale.Entries.Where(e => e.Fields.Has(Replicas)).ToList();
        var entries = new List<ManagerEntry>();
        foreach (var entry in owners.Entries)
        {
            if (!Owns(entry, pathOf))
            {
                entries.Add(entry);
            }
            else if (now.FindIndex(e => IsSame(e, entry)) is >= 0 and var at)
            {
                entries.Add(entry);
                now.RemoveAt(at);
            }
            else if (entry.Fields.Difference(FieldSet.Of(Path(pathOf(entry.ApiVersion)!))) is { IsEmpty: false } left)
            {
                entries.Add(entry with { Fields = left });
            }
        }
        foreach (var entry in now) entries.Add(entry with { ApiVersion = apiVersion, Fields = FieldSet.Of(Path(pathOf(apiVersion)!)) });
        return new(entries);
    }

    private static bool Owns(ManagerEntry entry, Func<string, string?> pathOf) => pathOf(entry.ApiVersion) is { } path && entry.Fields.Has(Path(path));

    // The version is the scale's for one and the object's for the other.
    private static bool IsSame(ManagerEntry one, ManagerEntry other) =>
        one.Manager == other.Manager && one.Operation == other.Operation && one.Subresource == other.Subresource;

    private static string[] Path(string dotted) => [.. dotted.Split('.').Select(step => "f:" + step)];
}
