using System.Globalization;
using System.Text.Json.Nodes;
using Slipway.Api;
using Slipway.Api.Documents;
using Slipway.ApiServer.Admission;
using Slipway.ApiServer.Authentication;
using Slipway.ApiServer.Caching;
using Slipway.ApiServer.Routing;
using Slipway.ApiServer.Wire;
using Slipway.ApiServer.Writes;

namespace Slipway.ApiServer.Subresources;

/// <summary>
/// POST to <c>serviceaccounts/NAME/token</c>: issues a token
/// (<see href="https://kubernetes.io/docs/reference/kubernetes-api/authentication-resources/token-request-v1/"/>).
/// </summary>
internal sealed class TokenRequests(AdmissionChain admission, ServiceAccountTokens tokens, BoundObjects objects, TokenOptions options, Identities identities, TimeProvider clock)
{
    private const string Group = "authentication.k8s.io";
    private const string Kind = "TokenRequest";
    private const long DefaultSeconds = 3600;
    private const long MinSeconds = 600;
    private const long MaxSeconds = 1L << 32;

    // Pods of old clients read their token once; what the server mounts by itself is good for longer than it says.
    private const long InjectedSeconds = 3607;
    private const long ExtendedSeconds = 365 * 24 * 3600;

    public async ValueTask<Reply> CreateAsync(WriteContext context, CancellationToken cancellation)
    {
        var path = context.Path;
        // 1. What is asked?
        var document = Read(path, context.Request);
        var spec = document.ObjectOrNew("spec");
        var seconds = spec.Integer("expirationSeconds") ?? DefaultSeconds;
        CheckSpec(seconds);
        if (spec.Array("audiences") is not { Count: > 0 }) spec["audiences"] = new JsonArray([.. options.Audiences.Select(a => (JsonNode)a)]);
        spec["expirationSeconds"] = seconds;
        string[] audiences = [.. spec.Array("audiences")!.Select(a => a.AsText() ?? "")];

        // 2. For whom, and bound to what? Admission holds nodes to their own pods.
        await admission.AdmitAsync(context, Operation.Create, document, null, cancellation);
        var account = await objects.FindAsync("serviceaccounts", path.Namespace, path.Name, "", cancellation)
            ?? throw ApiException.NotFound("", "serviceaccounts", path.Name);
        var now = clock.GetUtcNow();
        var claims = new TokenClaims
        {
            Issuer = options.Issuer,
            Namespace = path.Namespace,
            ServiceAccount = new(path.Name, BoundObjects.UidOf(account)),
            Audiences = audiences,
            Id = identities.NewUid(),
            IssuedAt = now.ToUnixTimeSeconds(),
            NotBefore = now.ToUnixTimeSeconds(),
            Expires = now.ToUnixTimeSeconds() + seconds,
        };
        var reference = spec.Object("boundObjectRef");
        if (reference is not null) claims = await BindAsync(claims, path, reference, cancellation);
        if (claims.Pod is not null && seconds == InjectedSeconds && audiences.All(options.Audiences.Contains))
            claims = claims with { WarnAfter = claims.Expires, Expires = claims.IssuedAt + ExtendedSeconds };

        // 3. Sign.
        document["status"] = new JsonObject
        {
            ["token"] = context.DryRun ? "" : tokens.Issue(claims),
            ["expirationTimestamp"] = Meta.FormatTime(now.AddSeconds(seconds)),
        };
        return Reply.Json(JsonBytes.Of(document), 201);
    }

    private JsonObject Read(RequestPath path, ApiRequest request)
    {
        var document = request.Body.IsEmpty ? [] : RequestDocument.Read(request);
        if (document.Kind is not ("" or Kind)) throw ApiException.BadRequest($"the body must be a {Kind}, not {document.Kind}");
        if (document.Name.Length > 0 && document.Name != path.Name) throw Refused("metadata.name", document.Name, "must match the service account name if specified");
        if (document.Namespace.Length > 0 && document.Namespace != path.Namespace) throw Refused("metadata.namespace", document.Namespace, "must match the service account namespace if specified");
        document.ApiVersion = $"{Group}/v1";
        document.Kind = Kind;
        document.Name = path.Name;
        document.Namespace = path.Namespace;
        document.CreationTimestamp = clock.GetUtcNow();
        return document;

        ApiException Refused(string field, string value, string why) => ApiException.Invalid(Group, Kind, path.Name, [StatusCause.Invalid(field, $"\"{value}\"", why)]);
    }

    // Kubernetes checks the lifetime before it names the request after the account.
    private static void CheckSpec(long seconds)
    {
        var fault = seconds < MinSeconds ? "may not specify a duration less than 10 minutes" : seconds > MaxSeconds ? "may not specify a duration larger than 2^32 seconds" : null;
        if (fault is not null) throw ApiException.Invalid(Group, Kind, "", [StatusCause.Invalid("spec.expirationSeconds", seconds.ToString(CultureInfo.InvariantCulture), fault)]);
    }

    private async ValueTask<TokenClaims> BindAsync(TokenClaims claims, RequestPath path, JsonObject reference, CancellationToken cancellation)
    {
        var (version, kind, name) = (reference.Text("apiVersion") ?? "", reference.Text("kind") ?? "", reference.Text("name") ?? "");
        var plural = (version, kind) switch
        {
            ("v1", "Pod") => "pods",
            ("v1", "Secret") => "secrets",
            ("v1", "Node") => "nodes",
            _ => throw ApiException.BadRequest($"cannot bind token to object of type {(version.Contains('/') ? version : $"/{version}")}, Kind={kind}"),
        };
        var asked = reference.Text("uid") ?? "";
        var bound = await objects.FindAsync(plural, kind == "Node" ? "" : path.Namespace, name, asked, cancellation) ?? throw ApiException.NotFound("", plural, name);
        var uid = BoundObjects.UidOf(bound);
        var runsAs = bound.Field("spec.serviceAccountName");
        if (kind == "Pod" && runsAs != path.Name)
            throw ApiException.BadRequest($"cannot bind token for serviceaccount \"{path.Name}\" to pod running with serviceaccount \"{runsAs}\"");
        if (asked.Length > 0 && asked != uid)
        {
            throw ApiException.Conflict("", kind, name,
                $"the UID in the bound object reference ({asked}) does not match the UID in record. The object might have been deleted and then recreated");
        }
        return kind switch
        {
            "Pod" => claims with { Pod = new(name, uid), Node = await NodeOfAsync(bound, cancellation) },
            "Secret" => claims with { Secret = new(name, uid) },
            _ => claims with { Node = new(name, uid) },
        };
    }

    private async ValueTask<ClaimedObject?> NodeOfAsync(CachedObject pod, CancellationToken cancellation) =>
        pod.Field("spec.nodeName") is { Length: > 0 } node && await objects.FindAsync("nodes", "", node, "", cancellation) is { } found
            ? new ClaimedObject(node, BoundObjects.UidOf(found))
            : null;
}
