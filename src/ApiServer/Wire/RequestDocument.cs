using System.Text.Json.Nodes;
using Slipway.Api;
using Slipway.Api.Documents;
using Slipway.Api.Schemas;

namespace Slipway.ApiServer.Wire;

/// <summary>Reads the document in a request's body: JSON, YAML, or protobuf for built-in kinds.</summary>
internal static class RequestDocument
{
    private const string Machinery = "io.k8s.apimachinery.pkg.apis.meta.v1.";

    /// <exception cref="ApiException">400 for malformed input; 415 for another format.</exception>
    public static JsonObject Read(ApiRequest request) =>
        request.ContentType.StartsWith(MediaTypes.Protobuf, StringComparison.Ordinal)
            ? ProtobufDocument.Read(request.Body.Span, SchemaOf)
            : DocumentReader.Parse(request.Body, request.ContentType);

    private static Schema? SchemaOf(string apiVersion, string kind) => (apiVersion, kind) switch
    {
        (_, "DeleteOptions") => BuiltInKinds.SchemaOf(Machinery + kind),
        ("v1", "Binding") => BuiltInKinds.SchemaOf(BuiltInKinds.DefinitionName("", "v1", kind)),
        ("authorization.k8s.io/v1", "SelfSubjectAccessReview") => BuiltInKinds.SchemaOf(BuiltInKinds.DefinitionName("authorization.k8s.io", "v1", kind)),
        ("authentication.k8s.io/v1", "SelfSubjectReview") => BuiltInKinds.SchemaOf(BuiltInKinds.DefinitionName("authentication.k8s.io", "v1", kind)),
        _ => BuiltInKinds.All.FirstOrDefault(t => t.ApiVersion == apiVersion && t.Kind == kind)?.Schema,
    };
}
