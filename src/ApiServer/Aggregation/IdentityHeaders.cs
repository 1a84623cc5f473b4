using System.Text;
using System.Text.Json.Nodes;
using Slipway.Api;

namespace Slipway.ApiServer.Aggregation;

/// <summary>
/// How servers behind this one are told who asks
/// (<see href="https://kubernetes.io/docs/reference/access-authn-authz/authentication/#authenticating-proxy"/>), and where they learn whom to believe it.
/// </summary>
internal static class IdentityHeaders
{
    private const string Prefix = "X-Remote-", User = Prefix + "User", Uid = Prefix + "Uid", Group = Prefix + "Group", Extra = Prefix + "Extra-";

    // No text has half a character in it: between the values of a header it stands for the end of one line and the begin of the next.
    private const char Break = '\uDC00';
    private static readonly Encoding Groups = Repeating(Group);

    /// <summary>The headers of a user, to be written as <see cref="EncodingOf"/> says.</summary>
    /// <exception cref="ApiException">503: a text has characters in it that a header cannot have.</exception>
    public static IReadOnlyList<KeyValuePair<string, string>> Of(UserInfo user)
    {
        var headers = new List<KeyValuePair<string, string>>();
        Add(User, [user.Name]);
        if (user.Uid.Length > 0) Add(Uid, [user.Uid]);
        if (user.Groups.Count > 0) Add(Group, user.Groups);
        // Names of headers take few characters.
        foreach (var (key, values) in user.Extra)
            if (values.Count > 0) Add(Extra + Uri.EscapeDataString(key), values);
        return headers;

        void Add(string name, IReadOnlyList<string> values)
        {
            // What was left out, or ended a line, would make another user of this one.
            if (!values.All(IsWritable)) throw new ApiException(503, "ServiceUnavailable", $"error trying to reach service: invalid header field value for \"{name}\": what says who \"{user.Name}\" is must not have control characters in it");
            headers.Add(new(name, string.Join(Break, values)));
        }
    }

    /// <summary>
    /// How the text of a header goes out over HTTP/1.1: those of identities as UTF-8, each value in a line of its own, since a line with
    /// several would be taken for one value that has commas in it. Null for all other headers.
    /// </summary>
    public static Encoding? EncodingOf(string name) => name == Group ? Groups : name.StartsWith(Prefix, StringComparison.Ordinal) ? Repeating(name) : null;

    private static Encoding Repeating(string name) => Encoding.GetEncoding("utf-8", new EncoderReplacementFallback($"\r\n{name}: "), DecoderFallback.ExceptionFallback);

    private static bool IsWritable(string value) => value.EnumerateRunes().All(rune => rune != Rune.ReplacementChar && !(rune.Value is < ' ' and not '\t' or 0x7f));

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
            ["requestheader-group-headers"] = $"[\"{Group}\"]",
            ["requestheader-extra-headers-prefix"] = $"[\"{Extra}\"]",
        },
    };
}
