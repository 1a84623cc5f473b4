using System.Security.Cryptography;
using System.Text;

namespace Slipway.Flows;

/// <summary>How the sender of a webhook shows that it knows the secret: by the secret itself, or by a signature of the body.</summary>
internal static class WebhookSecret
{
    private const string Scheme = "sha256=";

    // GitLab sends the secret as it is; GitHub, and others after it, the HMAC of the body
    // (https://docs.github.com/en/webhooks/using-webhooks/validating-webhook-deliveries).
    private static readonly string[] Plain = ["X-Slipway-Token", "X-Gitlab-Token"];
    private static readonly string[] Signed = ["X-Slipway-Signature", "X-Hub-Signature-256"];

    /// <summary>Whether a header shows a secret, so that nobody else is to read it.</summary>
    public static bool IsSecret(string header) =>
        Plain.Contains(header, StringComparer.OrdinalIgnoreCase) || Signed.Contains(header, StringComparer.OrdinalIgnoreCase) || header.Equals("Authorization", StringComparison.OrdinalIgnoreCase) || header.Equals("Cookie", StringComparison.OrdinalIgnoreCase);

    /// <summary>Whether a request shows the secret. The time that it takes says nothing of the secret.</summary>
    /// <param name="secret">The secret.</param>
    /// <param name="headers">The headers of the request.</param>
    /// <param name="body">Its body.</param>
    public static bool IsShown(string secret, IReadOnlyList<KeyValuePair<string, string>> headers, ReadOnlySpan<byte> body)
    {
        var key = Encoding.UTF8.GetBytes(secret);
        if (Shown(Plain).Any(value => AreEqual(Encoding.UTF8.GetBytes(value), key)))
            return true;
        var signatures = Shown(Signed).Where(v => v.StartsWith(Scheme, StringComparison.Ordinal)).ToList();
        if (signatures.Count == 0)
            return false;
        var expected = Encoding.ASCII.GetBytes(Convert.ToHexStringLower(HMACSHA256.HashData(key, body)));
        return signatures.Exists(v => AreEqual(Encoding.ASCII.GetBytes(v[Scheme.Length..].ToLowerInvariant()), expected));

        // The first of each name: who sends many is not to try as many secrets at once.
        IEnumerable<string> Shown(string[] names) => names
            .Select(name => headers.FirstOrDefault(h => h.Key.Equals(name, StringComparison.OrdinalIgnoreCase)).Value?.Trim())
            .OfType<string>();
    }

    // By their hashes, so that not even the length of the secret shows.
    private static bool AreEqual(byte[] shown, byte[] expected) => CryptographicOperations.FixedTimeEquals(SHA256.HashData(shown), SHA256.HashData(expected));
}
