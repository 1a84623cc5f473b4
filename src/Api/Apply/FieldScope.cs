namespace Slipway.Api.Apply;

/// <summary>Which fields a write can come to own: those that the server keeps or sets itself belong to nobody.</summary>
public enum FieldScope
{
    /// <summary>All fields, of kinds whose status is not a subresource.</summary>
    Everything,

    /// <summary>A write to the object itself, which leaves status as it is.</summary>
    AllButStatus,

    /// <summary>A write to the status of a built-in kind, which may also set labels and annotations.</summary>
    StatusAndLabels,

    /// <summary>A write to the status of a custom resource.</summary>
    StatusOnly,
}

/// <summary>The filters behind <see cref="FieldScope"/>.</summary>
internal static class FieldScopes
{
    /// <summary>Whether a field of the document can be owned, or something below it.</summary>
    public static bool Covers(this FieldScope scope, string name) => name switch
    {
        "apiVersion" or "kind" => false,
        "status" => scope != FieldScope.AllButStatus,
        "metadata" => scope != FieldScope.StatusOnly,
        _ => scope is FieldScope.Everything or FieldScope.AllButStatus,
    };

    /// <summary>Whether a field of the document's metadata can be owned.</summary>
    public static bool CoversMetadata(this FieldScope scope, string name) => scope switch
    {
        FieldScope.StatusOnly => false,
        FieldScope.StatusAndLabels => name is "labels" or "annotations",
        _ => name is not ("name" or "namespace" or "creationTimestamp" or "selfLink" or "uid" or "clusterName" or "generation" or "managedFields" or "resourceVersion"),
    };

    /// <summary>The part of a set that can be owned.</summary>
    public static FieldSet Filter(this FieldScope scope, FieldSet set)
    {
        if (set.IsEmpty) return set;
        var result = new FieldSet();
        foreach (var (element, entry) in set.Entries)
        {
            var name = element[2..];
            if (!scope.Covers(name)) continue;
            if (name == "metadata") result.Add(element, false, entry.Below?.Where(e => scope.CoversMetadata(e[2..])));
            else result.Add(element, entry.IsMember, entry.Below);
        }
        return result;
    }
}
