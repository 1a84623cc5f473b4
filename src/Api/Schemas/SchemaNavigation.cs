namespace Slipway.Api.Schemas;

/// <summary>Finding one's way from a schema to that of a field.</summary>
public static class SchemaNavigation
{
    private static readonly Schema Text = new() { Type = "string" };
    private static readonly Schema Undeclared = new();

    /// <summary>
    /// The schema of a field: a declared property, the type and metadata of the root or of an embedded resource,
    /// or the schema of map values; null for a field that is not declared.
    /// </summary>
    public static Schema? Find(this Schema schema, string field, bool isRoot)
    {
        if (isRoot || schema.EmbeddedResource)
        {
            if (field is "apiVersion" or "kind") return schema.Properties.GetValueOrDefault(field) ?? Text;
            // A custom resource may restrict names, but the metadata's fields are always Kubernetes' own.
            if (field == "metadata") return schema.Name is not null && schema.Properties.TryGetValue(field, out var own) ? own : ObjectMeta;
        }
        return schema.Properties.GetValueOrDefault(field) ?? schema.AdditionalProperties;
    }

    /// <summary>
    /// The schema of a list's items; one that declares nothing where any type will do, as for the values of a map with
    /// <c>additionalProperties: true</c>, unless what is not declared is kept (<paramref name="keeps"/>).
    /// </summary>
    internal static Schema? ItemsOrUndeclared(this Schema schema, bool keeps) => schema.Items ?? (keeps || schema.Type is not null ? null : Undeclared);

    private static Schema ObjectMeta => BuiltInKinds.SchemaOf("io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta");
}
