using System.Buffers;
using System.Text.Json;
using System.Text.Json.Nodes;
using Slipway.Api.Documents;
using Slipway.ApiServer.Wire;

namespace Slipway.ApiServer.Authentication;

/// <summary>An object that a token is about or bound to.</summary>
internal readonly record struct ClaimedObject(string Name, string Uid);

/// <summary>
/// What a service account's token says. Times are seconds since 1970
/// (<see href="https://kubernetes.io/docs/reference/access-authn-authz/service-accounts-admin/#schema-for-service-account-private-claims"/>).
/// </summary>
internal sealed record TokenClaims
{
    /// <summary>The issuer of tokens that are kept in Secrets and do not expire.</summary>
    public const string LegacyIssuer = "kubernetes/serviceaccount";

    private const string Private = "kubernetes.io";
    private const string Legacy = "kubernetes.io/serviceaccount/";

    public required string Issuer { get; init; }
    public required string Namespace { get; init; }
    public required ClaimedObject ServiceAccount { get; init; }

    public IReadOnlyList<string> Audiences { get; init; } = [];

    /// <summary>Identity of the token; empty for one that is kept in a Secret.</summary>
    public string Id { get; init; } = "";

    public long? IssuedAt { get; init; }
    public long? NotBefore { get; init; }
    public long? Expires { get; init; }

    public ClaimedObject? Pod { get; init; }
    public ClaimedObject? Secret { get; init; }

    /// <summary>The node that the token is bound to or, with <see cref="Pod"/>, that the pod was on.</summary>
    public ClaimedObject? Node { get; init; }

    /// <summary>When whoever uses the token should have asked for a new one, if that is before it expires.</summary>
    public long? WarnAfter { get; init; }

    public bool IsLegacy => Issuer == LegacyIssuer;

    public string Subject => ServiceAccountUser.NameOf(Namespace, ServiceAccount.Name);

    /// <summary>The claims as JSON.</summary>
    public byte[] ToJson()
    {
        var output = new ArrayBufferWriter<byte>(1024);
        using (var json = JsonBytes.Writer(output))
        {
            json.WriteStartObject();
            if (IsLegacy) WriteLegacy(json);
            else Write(json);
            json.WriteEndObject();
        }
        return output.WrittenSpan.ToArray();
    }

    /// <summary>Reads claims whose signature has been verified; null if they are not a service account's.</summary>
    public static TokenClaims? Read(byte[] json)
    {
        if (JsonNode.Parse(json) is not JsonObject claims) return null;
        var read = claims.Text("iss") == LegacyIssuer ? ReadLegacy(claims) : ReadBound(claims);
        return read is not null && claims.Text("sub") == read.Subject ? read : null;
    }

    private void Write(Utf8JsonWriter json)
    {
        json.WriteStartArray("aud"u8);
        foreach (var audience in Audiences) json.WriteStringValue(audience);
        json.WriteEndArray();
        if (Expires is { } expires) json.WriteNumber("exp"u8, expires);
        if (IssuedAt is { } issued) json.WriteNumber("iat"u8, issued);
        json.WriteString("iss"u8, Issuer);
        json.WriteString("jti"u8, Id);
        json.WriteStartObject(Private);
        json.WriteString("namespace"u8, Namespace);
        Write(json, "node", Node);
        Write(json, "pod", Pod);
        Write(json, "secret", Secret);
        Write(json, "serviceaccount", ServiceAccount);
        if (WarnAfter is { } warnAfter) json.WriteNumber("warnafter"u8, warnAfter);
        json.WriteEndObject();
        if (NotBefore is { } notBefore) json.WriteNumber("nbf"u8, notBefore);
        json.WriteString("sub"u8, Subject);
    }

    private void WriteLegacy(Utf8JsonWriter json)
    {
        json.WriteString("iss"u8, Issuer);
        json.WriteString(Legacy + "namespace", Namespace);
        json.WriteString(Legacy + "secret.name", Secret?.Name);
        json.WriteString(Legacy + "service-account.name", ServiceAccount.Name);
        json.WriteString(Legacy + "service-account.uid", ServiceAccount.Uid);
        json.WriteString("sub"u8, Subject);
    }

    private static void Write(Utf8JsonWriter json, string name, ClaimedObject? item)
    {
        if (item is not { } claimed) return;
        json.WriteStartObject(name);
        json.WriteString("name"u8, claimed.Name);
        json.WriteString("uid"u8, claimed.Uid);
        json.WriteEndObject();
    }

    private static TokenClaims? ReadBound(JsonObject claims)
    {
        if (claims.Object(Private) is not { } about || ReadObject(about, "serviceaccount") is not { } account) return null;
        return new TokenClaims
        {
            Issuer = claims.Text("iss") ?? "",
            Namespace = about.Text("namespace") ?? "",
            ServiceAccount = account,
            Audiences = claims["aud"] is JsonArray list ? [.. list.Select(a => a.AsText() ?? "")] : claims.Text("aud") is { } one ? [one] : [],
            Id = claims.Text("jti") ?? "",
            IssuedAt = claims.Integer("iat"),
            NotBefore = claims.Integer("nbf"),
            Expires = claims.Integer("exp"),
            Pod = ReadObject(about, "pod"),
            Secret = ReadObject(about, "secret"),
            Node = ReadObject(about, "node"),
            WarnAfter = about.Integer("warnafter"),
        };
    }

    private static TokenClaims ReadLegacy(JsonObject claims) => new()
    {
        Issuer = LegacyIssuer,
        Namespace = claims.Text(Legacy + "namespace") ?? "",
        ServiceAccount = new(claims.Text(Legacy + "service-account.name") ?? "", claims.Text(Legacy + "service-account.uid") ?? ""),
        Secret = new(claims.Text(Legacy + "secret.name") ?? "", ""),
    };

    private static ClaimedObject? ReadObject(JsonObject about, string name) =>
        about.Object(name) is { } item ? new(item.Text("name") ?? "", item.Text("uid") ?? "") : null;
}
