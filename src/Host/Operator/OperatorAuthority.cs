using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using k8s.Models;
using Slipway.Api;
using Slipway.Cli;
using Slipway.Client;
using Slipway.Flows;
using Slipway.Host.Pki;

namespace Slipway.Host.Operator;

/// <summary>The authority that the pods of tasks and the API server know the operators by, kept in a Secret that the first of them makes.</summary>
internal static class OperatorAuthority
{
    private const string Certificate = "ca.crt", Key = "ca.key";

    /// <summary>The authority, with its key.</summary>
    /// <exception cref="CommandException">The Secret may not be read or made, or holds something else.</exception>
    public static async Task<X509Certificate2> EnsureAsync(IApi api, string ns, DateTimeOffset now, CancellationToken cancellation)
    {
        try
        {
            while (true)
            {
                if (await api.GetAsync(FlowKinds.Secrets, ns, OperatorOptions.Name, cancellation) is { } secret)
                    return Read(secret, ns);
                // Of several that start at once one is first, and all take what that one has made.
                await api.CreateIfAbsentAsync(FlowKinds.Secrets, New(ns, now), cancellation);
            }
        }
        catch (ApiException e)
        {
            throw new CommandException($"the Secret {OperatorOptions.Name} in namespace {ns} cannot be read or made: {e.Message}");
        }
    }

    private static V1Secret New(string ns, DateTimeOffset now)
    {
        // Of another name than what it issues, which would otherwise pass for self-signed.
        using var authority = CertificateAuthority.CreateAuthority($"{OperatorOptions.Name}-authority", now);
        using var key = authority.GetECDsaPrivateKey()!;
        return new()
        {
            ApiVersion = "v1",
            Kind = "Secret",
            Metadata = new() { Name = OperatorOptions.Name, NamespaceProperty = ns },
            Type = "Opaque",
            StringData = new Dictionary<string, string> { [Certificate] = authority.ExportCertificatePem() + "\n", [Key] = key.ExportPkcs8PrivateKeyPem() + "\n" },
        };
    }

    private static X509Certificate2 Read(V1Secret secret, string ns)
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

    private static string Text(V1Secret secret, string key) => secret.Data?.TryGetValue(key, out var bytes) == true ? Encoding.UTF8.GetString(bytes) : "";
}
