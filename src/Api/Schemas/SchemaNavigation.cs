namespace Slipway.Api.Schemas;

/// <summary>Finding one's way from a schema to that of a field.</summary>
public static class SchemaNavigation
{
    private static readonly Schema Text = new() { Type = "string" };

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

    private static Schema ObjectMeta => BuiltInKinds.SchemaOf("io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta");
}
