using System.Text.Json.Nodes;
using Slipway.Api;

namespace Slipway.ApiServer.Aggregation;

/// <summary>
/// How servers behind this one are told who asks
/// (<see href="https://kubernetes.io/docs/reference/access-authn-authz/authentication/#authenticating-proxy"/>), and where they learn whom to believe it.
/// </summary>
internal static class IdentityHeaders
{
    private const string User = "X-Remote-User", Uid = "X-Remote-Uid", Extra = "X-Remote-Extra-";

    // The values of one header go out in one line, which these servers would take for one group: each has a header of its own.
    private static readonly string[] Groups = ["X-Remote-Group", .. Enumerable.Range(2, 31).Select(number => $"X-Remote-Group-{number}")];

    /// <summary>The headers of a user.</summary>
    /// <exception cref="ApiException">403: the user is in more groups than there are headers, and must not be taken for somebody who is in fewer.</exception>
    public static IReadOnlyList<KeyValuePair<string, string>> Of(UserInfo user) => user.Groups.Count <= Groups.Length
        ? [.. Written(user)]
        : throw new ApiException(403, "Forbidden",
            $"the user \"{user.Name}\" is in {user.Groups.Count} groups, and servers behind APIServices can be told of {Groups.Length}: use an identity with fewer groups to ask them");

    private static IEnumerable<KeyValuePair<string, string>> Written(UserInfo user)
    {
        yield return new(User, user.Name);
        if (user.Uid.Length > 0) yield return new(Uid, user.Uid);
        foreach (var (header, group) in Groups.Zip(user.Groups)) yield return new(header, group);
        // Names of headers take few characters.
        foreach (var (key, values) in user.Extra)
            foreach (var value in values) yield return new(Extra + Uri.EscapeDataString(key), value);
    }

    /// <summary>The ConfigMap that those servers read.</summary>
    /// <param name="authority">Certificate of the authority of clients and of this server's own certificate, PEM.</param>
    public static JsonObject Configuration(string authority) => new()
    {
        ["apiVersion"] = "v1",
        ["kind"] = "ConfigMap",
        ["metadata"] = new JsonObject { ["name"] = "extension-apiserver-authentication", ["namespace"] = "kube-system" },
        ["data"] = new JsonObject
        {
            ["client-ca-file"] = authority,
            ["requestheader-client-ca-file"] = authority,
            // The authority is that of all clients: only one name may speak for others.
            ["requestheader-allowed-names"] = $"[\"{ApiServerOptions.FrontProxyName}\"]",
            ["requestheader-username-headers"] = $"[\"{User}\"]",
            ["requestheader-uid-headers"] = $"[\"{Uid}\"]",
            ["requestheader-group-headers"] = new JsonArray([.. Groups.Select(name => (JsonNode)name)]).ToJsonString(),
            ["requestheader-extra-headers-prefix"] = $"[\"{Extra}\"]",
        },
    };
}
