using System.Text.Json.Nodes;
using Slipway.Api;
using Slipway.Api.Documents;
using Slipway.ApiServer.Wire.Protobuf;

namespace Slipway.ApiServer.Wire;

/// <summary>Reads the document in a request's body: JSON, YAML, or protobuf for built-in kinds.</summary>
internal static class RequestDocument
{
    /// <exception cref="ApiException">400 for malformed input; 415 for another format.</exception>
    public static JsonObject Read(ApiRequest request, List<string>? duplicates = null) =>
        request.ContentType.StartsWith(MediaTypes.Protobuf, StringComparison.Ordinal)
            ? ProtobufReader.Read(request.Body.Span, ProtobufKinds.SchemaOf)
            : DocumentReader.Parse(request.Body, request.ContentType, duplicates);
}
