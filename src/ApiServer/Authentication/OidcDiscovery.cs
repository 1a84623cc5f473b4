using System.Buffers;
using System.Text.Json;
using Slipway.ApiServer.Wire;

namespace Slipway.ApiServer.Authentication;

/// <summary>
/// What others need to verify tokens themselves: the provider's configuration and its public keys
/// (<see href="https://kubernetes.io/docs/tasks/configure-pod-container/configure-service-account/#service-account-issuer-discovery"/>).
/// </summary>
internal sealed class OidcDiscovery(TokenOptions options, ServiceAccountTokens tokens)
{
    private const string KeysPath = "/openid/v1/jwks";
    private static readonly KeyValuePair<string, string>[] Caching = [new("Cache-Control", "public, max-age=3600")];

    /// <summary>The answer for a path; null for any other.</summary>
    public Reply? Answer(string path) => path.TrimEnd('/') switch
    {
        "/.well-known/openid-configuration" => new Reply { Body = Write(WriteConfiguration), Headers = Caching },
        KeysPath => new Reply { Body = Write(WriteKeys), ContentType = "application/jwk-set+json", Headers = Caching },
        _ => null,
    };

    private void WriteConfiguration(Utf8JsonWriter json)
    {
        json.WriteString("issuer"u8, options.Issuer);
        json.WriteString("jwks_uri"u8, options.Issuer.TrimEnd('/') + KeysPath);
        WriteList(json, "response_types_supported", ["id_token"]);
        WriteList(json, "subject_types_supported", ["public"]);
        WriteList(json, "id_token_signing_alg_values_supported", tokens.Keys.Select(k => k.Algorithm).Distinct());
    }

    private void WriteKeys(Utf8JsonWriter json)
    {
        json.WriteStartArray("keys"u8);
        foreach (var key in tokens.Keys) key.WritePublic(json);
        json.WriteEndArray();
    }

    private static void WriteList(Utf8JsonWriter json, string name, IEnumerable<string> values)
    {
        json.WriteStartArray(name);
        foreach (var value in values) json.WriteStringValue(value);
        json.WriteEndArray();
    }

    private static ReadOnlyMemory<byte> Write(Action<Utf8JsonWriter> content)
    {
        var output = new ArrayBufferWriter<byte>(512);
        using (var json = JsonBytes.Writer(output))
        {
            json.WriteStartObject();
            content(json);
            json.WriteEndObject();
        }
        return output.WrittenMemory;
    }
}
