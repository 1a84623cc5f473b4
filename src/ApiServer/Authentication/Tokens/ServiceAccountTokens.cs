using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Text;
using Slipway.ApiServer.Caching;

namespace Slipway.ApiServer.Authentication;

/// <summary>What became of a token: the user and the audiences in which it is good, or why it is refused.</summary>
internal readonly record struct TokenVerdict(UserInfo? User, IReadOnlyList<string> Audiences, string Error)
{
    public static TokenVerdict Refused(string error) => new(null, [], error);
}

/// <summary>
/// Issues and recognizes tokens of service accounts
/// (<see href="https://kubernetes.io/docs/reference/access-authn-authz/service-accounts-admin/#bound-service-account-tokens"/>).
/// </summary>
internal sealed class ServiceAccountTokens(TokenOptions options, BoundObjects objects, TimeProvider clock)
{
    // Clocks differ, and what has just been deleted may still be on its way out.
    private static readonly TimeSpan Leeway = TimeSpan.FromMinutes(1);
    private const int MaxRemembered = 4096;

    private readonly Lock _gate = new();
    private volatile KeyRing? _ring;

    /// <summary>The keys; the first signs.</summary>
    public IReadOnlyList<TokenKey> Keys => Ring.Keys;

    private KeyRing Ring => _ring is { } ring && ring.IsOf(options.Keys()) ? ring : ReadKeys();

    /// <summary>Signs claims with the newest key.</summary>
    public string Issue(TokenClaims claims) => JsonWebToken.Sign(Keys[0], claims.ToJson());

    /// <summary>Recognizes a token that is meant for one of the audiences (none: this server).</summary>
    public async ValueTask<TokenVerdict> VerifyAsync(string token, IReadOnlyList<string> audiences, CancellationToken cancellation)
    {
        // 1. Is it ours?
        if (Read(token) is not { } known) return TokenVerdict.Refused("invalid bearer token");
        var (claims, user) = known;

        // 2. Is it in time, and meant for whom it was shown to?
        var now = clock.GetUtcNow();
        if (claims.Expires is { } expires && (now - Leeway).ToUnixTimeSeconds() > expires) return TokenVerdict.Refused("service account token has expired");
        if (claims.NotBefore is { } notBefore && (now + Leeway).ToUnixTimeSeconds() < notBefore) return TokenVerdict.Refused("service account token is not valid yet");
        var asked = audiences.Count == 0 ? options.Audiences : audiences;
        var meant = claims.IsLegacy ? options.Audiences : claims.Audiences;
        string[] common = [.. meant.Intersect(asked)];
        if (common.Length == 0) return TokenVerdict.Refused($"token audiences {Quoted(meant)} is invalid for the target audiences {Quoted(asked)}");

        // 3. Is what it is about still there?
        return await FaultAsync(claims, token, now - Leeway, cancellation) is { } fault ? TokenVerdict.Refused(fault) : new(user, common, "");
    }

    // Keys that were replaced may be in use, so they are left to the collector.
    private KeyRing ReadKeys()
    {
        lock (_gate)
        {
            var texts = options.Keys();
            return _ring is { } ring && ring.IsOf(texts) ? ring : _ring = KeyRing.Of(texts);
        }
    }

    private (TokenClaims Claims, UserInfo User)? Read(string token)
    {
        var hash = Convert.ToBase64String(SHA256.HashData(Encoding.UTF8.GetBytes(token)));
        var ring = Ring;
        if (ring.Signed.TryGetValue(hash, out var known)) return known;
        if (JsonWebToken.Verify(token, ring.Keys) is not { } json || TokenClaims.Read(json) is not { } claims) return null;
        if (!claims.IsLegacy && (claims.Issuer != options.Issuer || claims.Expires is null)) return null;
        if (ring.Signed.Count >= MaxRemembered) ring.Signed.Clear();
        return ring.Signed[hash] = (claims, UserOf(claims));
    }

    private static UserInfo UserOf(TokenClaims claims)
    {
        var extra = new Dictionary<string, IReadOnlyList<string>>();
        if (claims.Id.Length > 0) extra[ExtraKeys.Credential] = [$"JTI={claims.Id}"];
        if (claims.Node is { } node) (extra[ExtraKeys.NodeName], extra[ExtraKeys.NodeUid]) = ([node.Name], [node.Uid]);
        if (claims.Pod is { } pod) (extra[ExtraKeys.PodName], extra[ExtraKeys.PodUid]) = ([pod.Name], [pod.Uid]);
        return UserInfo.ServiceAccount(claims.Namespace, claims.ServiceAccount.Name, claims.ServiceAccount.Uid) with { Extra = extra };
    }

    private async ValueTask<string?> FaultAsync(TokenClaims claims, string token, DateTimeOffset goneBefore, CancellationToken cancellation)
    {
        var (ns, claimed) = (claims.Namespace, claims.ServiceAccount);
        var account = await objects.FindAsync("serviceaccounts", ns, claimed.Name, claimed.Uid, cancellation);
        if (account is null) return $"serviceaccounts \"{claimed.Name}\" not found";
        if (BoundObjects.IsGoneBefore(account, goneBefore)) return $"service account {ns}/{claimed.Name} has been deleted";
        if (BoundObjects.UidOf(account) != claimed.Uid) return $"service account UID ({BoundObjects.UidOf(account)}) does not match claim ({claimed.Uid})";
        if (claims.IsLegacy) return await LegacyFaultAsync(claims, token, goneBefore, cancellation);
        return await BoundFaultAsync("secrets", "secret", ns, claims.Secret, goneBefore, cancellation)
            ?? await BoundFaultAsync("pods", "pod", ns, claims.Pod, goneBefore, cancellation)
            // A pod's token outlives the pod's node object; it goes with the pod.
            ?? (claims.Pod is null ? await BoundFaultAsync("nodes", "node", "", claims.Node, goneBefore, cancellation) : null);
    }

    private async ValueTask<string?> BoundFaultAsync(string plural, string noun, string ns, ClaimedObject? bound, DateTimeOffset goneBefore, CancellationToken cancellation)
    {
        if (bound is not { } claimed) return null;
        var item = await objects.FindAsync(plural, ns, claimed.Name, claimed.Uid, cancellation);
        if (item is null || BoundObjects.IsGoneBefore(item, goneBefore)) return "service account token has been invalidated";
        return BoundObjects.UidOf(item) == claimed.Uid
            ? null
            : $"{noun} UID ({BoundObjects.UidOf(item)}) does not match service account {noun} ref claim ({claimed.Uid})";
    }

    // A token without an end is good for as long as the Secret that holds it.
    private async ValueTask<string?> LegacyFaultAsync(TokenClaims claims, string token, DateTimeOffset goneBefore, CancellationToken cancellation)
    {
        var secret = await objects.FindAsync("secrets", claims.Namespace, claims.Secret?.Name ?? "", "", cancellation);
        return secret is not null && !BoundObjects.IsGoneBefore(secret, goneBefore) && Holds(secret, token) ? null : "service account token has been invalidated";
    }

    private static bool Holds(CachedObject secret, string token)
    {
        var stored = Encoding.ASCII.GetBytes(secret.Field("data.token"));
        var shown = Encoding.ASCII.GetBytes(Convert.ToBase64String(Encoding.UTF8.GetBytes(token)));
        return CryptographicOperations.FixedTimeEquals(stored, shown);
    }

    /// <summary>The keys of a time, and the tokens that they were found to have signed.</summary>
    private sealed class KeyRing(IReadOnlyList<string> texts, IReadOnlyList<TokenKey> keys)
    {
        public IReadOnlyList<TokenKey> Keys => keys;

        // Signatures take longer to verify than most requests take to answer. Keyed by a hash, so that tokens are not kept.
        public ConcurrentDictionary<string, (TokenClaims Claims, UserInfo User)> Signed { get; } = new(StringComparer.Ordinal);

        public static KeyRing Of(IReadOnlyList<string> texts) => new(texts, texts.Count == 0 ? [TokenKey.Create()] : [.. texts.Select(TokenKey.FromPem)]);

        public bool IsOf(IReadOnlyList<string> others) => ReferenceEquals(texts, others);
    }

    private static string Quoted(IEnumerable<string> texts) => $"[{string.Join(' ', texts.Select(t => $"\"{t}\""))}]";
}
