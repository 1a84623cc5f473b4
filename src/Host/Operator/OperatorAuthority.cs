using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using System.Text.Json.Nodes;
using Slipway.Api;
using Slipway.Cli;
using Slipway.Host.Pki;

namespace Slipway.Host.Operator;

/// <summary>The authority that the pods of tasks and the API server know the operators by, kept in a Secret that the first of them makes.</summary>
internal static class OperatorAuthority
{
    private const string Certificate = "ca.crt", Key = "ca.key";

    /// <summary>The authority, with its key.</summary>
    /// <exception cref="ApiException">The Secret may not be read or made.</exception>
    /// <exception cref="CommandException">The Secret holds something else.</exception>
    public static async Task<X509Certificate2> EnsureAsync(IApi api, string ns, DateTimeOffset now, CancellationToken cancellation)
    {
        var collection = $"/api/v1/namespaces/{ns}/secrets";
        while (true)
        {
            await using (var response = await api.SendAsync(new("GET", $"{collection}/{OperatorOptions.Name}"), cancellation))
            {
                if (response.IsSuccess) return Read(JsonNode.Parse(response.Body.Span)!.AsObject(), ns);
                if (response.StatusCode != 404) throw Refusal(response, $"the Secret {OperatorOptions.Name} in namespace {ns} cannot be read");
            }
            await using var made = await api.SendAsync(new("POST", collection) { Body = Encoding.UTF8.GetBytes(New(ns, now).ToJsonString()) }, cancellation);
            // Of several that start at once one is first, and all take what that one has made.
            if (!made.IsSuccess && made.StatusCode != 409) throw Refusal(made, $"the Secret {OperatorOptions.Name} in namespace {ns} cannot be made");
        }
    }

    private static JsonObject New(string ns, DateTimeOffset now)
    {
        // Of another name than what it issues, which would otherwise pass for self-signed.
        using var authority = CertificateAuthority.CreateAuthority($"{OperatorOptions.Name}-authority", now);
        using var key = authority.GetECDsaPrivateKey()!;
        return new()
        {
            ["apiVersion"] = "v1",
            ["kind"] = "Secret",
            ["metadata"] = new JsonObject { ["name"] = OperatorOptions.Name, ["namespace"] = ns },
            ["type"] = "Opaque",
            ["stringData"] = new JsonObject { [Certificate] = authority.ExportCertificatePem() + "\n", [Key] = key.ExportPkcs8PrivateKeyPem() + "\n" },
        };
    }

    private static X509Certificate2 Read(JsonObject secret, string ns)
    {
        try
        {
            return X509Certificate2.CreateFromPem(Text(secret, Certificate), Text(secret, Key));
        }
        catch (Exception e) when (e is CryptographicException or FormatException or ArgumentException)
        {
            throw new CommandException($"the Secret {OperatorOptions.Name} in namespace {ns} holds no authority: {e.Message}; delete it, and a new one is made");
        }
    }

    private static string Text(JsonObject secret, string key) => Encoding.UTF8.GetString(Convert.FromBase64String((string?)secret["data"]?[key] ?? ""));

    private static CommandException Refusal(ApiResponse response, string what) =>
        new($"{what}: {(string?)JsonNode.Parse(response.Body.Span)?["message"] ?? $"code {response.StatusCode}"}");
}
