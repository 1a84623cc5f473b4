using System.Text.Json.Nodes;
using Slipway.Api.Documents;

namespace Slipway.ApiServer.Admission.Accounts;

/// <summary>A service account, as pods of it are completed and checked.</summary>
/// <param name="Name">Name of the account.</param>
/// <param name="MountsToken">Whether its pods get a token; null when it does not say.</param>
/// <param name="PullSecrets">Secrets for registries that its pods get.</param>
/// <param name="Secrets">Secrets that its pods may use.</param>
/// <param name="RestrictsSecrets">Whether its pods may use no others.</param>
internal sealed record AccountView(string Name, bool? MountsToken, IReadOnlyList<string> PullSecrets, IReadOnlyList<string> Secrets, bool RestrictsSecrets)
{
    public static AccountView Read(JsonObject document) => new(
        document.Name,
        document.Boolean("automountServiceAccountToken"),
        [.. document.Objects("imagePullSecrets").Select(s => s.Text("name") ?? "")],
        [.. document.Objects("secrets").Select(s => s.Text("name") ?? "")],
        document.Annotations?["kubernetes.io/enforce-mountable-secrets"].AsText() is "true" or "True" or "TRUE" or "t" or "T" or "1");
}
