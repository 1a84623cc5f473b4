using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using Slipway.Api.Documents;

namespace Slipway.Api.Tests;

/// <summary>Documents as tests write them: YAML, which is shorter than JSON.</summary>
internal static class Json
{
    private static readonly JsonSerializerOptions Relaxed = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public static JsonObject Of(string yaml) => Assert.Single(DocumentReader.ParseYaml(yaml));

    /// <summary>The document with <c>apiVersion: v1</c> and metadata of its own merged in where absent.</summary>
    public static JsonObject Named(string yaml)
    {
        var document = Of(yaml);
        if (document.Name.Length == 0) document.Name = "x";
        if (document.Namespace.Length == 0) document.Namespace = "default";
        return document;
    }

    public static JsonNode? Node(string json) => JsonNode.Parse(json);

    public static string Text(JsonNode? node) => node is null ? "null" : node.ToJsonString(Relaxed);

    /// <summary>Asserts that two values are equal, numbers by value and keys in any order.</summary>
    public static void AssertEqual(string expected, JsonNode? actual) =>
        Assert.True(JsonNode.DeepEquals(Node(expected), actual), $"expected {expected}\nbut was  {Text(actual)}");

    public static IEnumerable<string> Shown(IEnumerable<StatusCause> causes) => causes.Select(c => $"{c.Field}: {c.Message}");
}
