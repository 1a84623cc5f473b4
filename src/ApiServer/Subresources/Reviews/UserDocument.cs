using System.Text.Json.Nodes;

namespace Slipway.ApiServer.Subresources;

/// <summary>A user as reviews and other documents show it: the type <c>UserInfo</c> of <c>authentication.k8s.io/v1</c>.</summary>
internal static class UserDocument
{
    public static JsonObject Of(UserInfo user)
    {
        var json = new JsonObject { ["username"] = user.Name };
        if (user.Uid.Length > 0) json["uid"] = user.Uid;
        if (user.Groups.Count > 0) json["groups"] = Texts(user.Groups);
        if (user.Extra.Count > 0)
        {
            var extra = new JsonObject();
            foreach (var (key, values) in user.Extra.OrderBy(e => e.Key, StringComparer.Ordinal)) extra[key] = Texts(values);
            json["extra"] = extra;
        }
        return json;
    }

    private static JsonArray Texts(IReadOnlyList<string> texts) => new([.. texts.Select(t => (JsonNode)t)]);
}
