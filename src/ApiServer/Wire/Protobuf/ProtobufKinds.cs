using Slipway.Api.Schemas;

namespace Slipway.ApiServer.Wire.Protobuf;

/// <summary>The kinds that have a protobuf form: all built-in ones, with their lists and what requests and answers are made of.</summary>
internal static class ProtobufKinds
{
    private const string Machinery = "io.k8s.apimachinery.pkg.apis.meta.v1.";

    /// <summary>The fields of <c>Status</c>.</summary>
    public static MessageLayout Status { get; } = MessageLayout.Of(BuiltInKinds.SchemaOf(Machinery + "Status"));

    /// <summary>The fields of an object's metadata.</summary>
    public static MessageLayout ObjectMeta { get; } = MessageLayout.Of(BuiltInKinds.SchemaOf(Machinery + "ObjectMeta"));

    /// <summary>The fields of a list's metadata.</summary>
    public static MessageLayout ListMeta { get; } = MessageLayout.Of(BuiltInKinds.SchemaOf(Machinery + "ListMeta"));

    /// <summary>The fields of <c>PartialObjectMetadata</c>.</summary>
    public static MessageLayout PartialMetadata { get; } = MessageLayout.Of(new Schema
    {
        Properties = new Dictionary<string, Schema> { ["metadata"] = BuiltInKinds.SchemaOf(BuiltInKinds.DefinitionName("", "v1", "Namespace")).Properties["metadata"] },
    });

    /// <summary>The schema of a kind; null for one without protobuf form.</summary>
    public static Schema? SchemaOf(string apiVersion, string kind)
    {
        if (kind == "DeleteOptions") return BuiltInKinds.SchemaOf(Machinery + kind);   // sent with the version of what is deleted
        var slash = apiVersion.IndexOf('/');
        var (group, version) = slash < 0 ? ("", apiVersion) : (apiVersion[..slash], apiVersion[(slash + 1)..]);
        var schema = BuiltInKinds.FindSchema(BuiltInKinds.DefinitionName(group, version, kind)) ?? (apiVersion == "v1" ? BuiltInKinds.FindSchema(Machinery + kind) : null);
        return schema?.Properties.GetValueOrDefault("metadata") is { Protobuf: null } ? null : schema;
    }
}
