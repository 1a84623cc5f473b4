using System.Collections.Concurrent;
using System.Text;
using System.Text.Json.Nodes;
using Slipway.Api;
using Slipway.Client;

namespace Slipway.Flows;

/// <summary>What the gateway refuses; trying again does not change that.</summary>
/// <param name="code">HTTP status code.</param>
/// <param name="message">The sentence for whoever asked.</param>
internal sealed class GatewayRefusalException(int code, string message) : Exception(message)
{
    public int Code { get; } = code;
}

/// <summary>
/// Finds out which pod shows a token: a TokenReview for the audience <see cref="GatewayDelivery.Audience"/> says whose it is, and the pod itself, read
/// from the API, whether it is an attempt of a run that goes on. What has been found out counts for half a minute.
/// </summary>
internal sealed class PodTokens(IApi api, Ledger ledger, TimeProvider clock)
{
    private const string PodName = "authentication.kubernetes.io/pod-name";
    private const string PodUid = "authentication.kubernetes.io/pod-uid";
    private const int MostKnown = 10_000;

    private static readonly TimeSpan Validity = TimeSpan.FromSeconds(30);

    private readonly ConcurrentDictionary<string, (GatewayCaller Caller, DateTimeOffset Until)> known = new();

    /// <summary>The pod that shows a token.</summary>
    /// <exception cref="GatewayRefusalException">401: it is no token for this; 403: it is not that of a pod which may ask.</exception>
    /// <exception cref="ApiException">The API server refuses the questions.</exception>
    /// <exception cref="IOException">The API server is not reached.</exception>
    public async ValueTask<GatewayCaller> FindAsync(string token, CancellationToken cancellation)
    {
        var key = FlowNames.Hash(token, 64);
        var now = clock.GetUtcNow();
        if (known.TryGetValue(key, out var found) && found.Until > now)
            return found.Caller;
        var caller = await ReviewAsync(token, cancellation);
        if (known.Count >= MostKnown)
            known.Clear();
        known[key] = (caller, now + Validity);
        return caller;
    }

    private async ValueTask<GatewayCaller> ReviewAsync(string token, CancellationToken cancellation)
    {
        var review = new JsonObject
        {
            ["apiVersion"] = "authentication.k8s.io/v1",
            ["kind"] = "TokenReview",
            ["spec"] = new JsonObject { ["token"] = token, ["audiences"] = new JsonArray(GatewayDelivery.Audience) },
        };
        var request = new ApiRequest("POST", "/apis/authentication.k8s.io/v1/tokenreviews") { Body = Encoding.UTF8.GetBytes(review.ToJsonString()) };
        var status = JsonNode.Parse((await api.SendForBodyAsync(request, cancellation)).Span)?["status"] as JsonObject;

        // A server that knows no audiences leaves them out, and would take tokens for the API itself.
        var isForThis = status?["audiences"] is JsonArray audiences && audiences.Any(a => (string?)a == GatewayDelivery.Audience);
        if ((bool?)status?["authenticated"] != true || !isForThis || status["user"] is not JsonObject user)
            throw new GatewayRefusalException(401, $"the token is not one for {GatewayDelivery.Audience}");
        var account = ((string?)user["username"] ?? "").Split(':');
        if (account is not ["system", "serviceaccount", var ns, _] || First(user, PodName) is not { } name || First(user, PodUid) is not { } uid)
            throw new GatewayRefusalException(403, $"the token is not bound to a pod, but {user["username"]}'s");
        return await CallerAsync(ns, name, uid, cancellation);
    }

    private async ValueTask<GatewayCaller> CallerAsync(string ns, string name, string uid, CancellationToken cancellation)
    {
        if (await api.GetAsync(FlowKinds.Pods, ns, name, cancellation) is not { } pod || pod.Metadata.Uid != uid)
            throw Refusal("is gone");
        if (pod.Status?.Phase is "Succeeded" or "Failed")
            throw Refusal("has ended");
        var owner = pod.Metadata.OwnerReferences?.FirstOrDefault(o => o is { Kind: "FlowRun", Controller: true })?.Uid;
        if (owner is null || ledger.Read.Run(owner) is not { End: null } run || run.Namespace != ns)
            throw Refusal("belongs to no run that goes on");
        return new GatewayCaller(ns, name, AttemptReader.InputHash(pod));

        GatewayRefusalException Refusal(string why) => new(403, $"pod {ns}/{name} {why}");
    }

    private static string? First(JsonObject user, string key) => (user["extra"]?[key] as JsonArray)?.FirstOrDefault()?.GetValue<string>();
}
