using Slipway.Api.Documents;
using Slipway.Api.Kinds;

namespace Slipway.Api.Tests.Kinds;

public sealed class FlowNotificationRulesTests
{
    [Theory]
    [InlineData("{ name: n, slack: { url: 'https://chat.example/x' } }", "")]
    [InlineData("{ name: n, webhook: { urlFrom: { name: s, key: k } }, events: [Failure, Recovery] }", "")]
    [InlineData("{ name: n, email: { to: [a@example.org], from: b@example.org, host: smtp } }", "")]
    [InlineData("{ name: n }", "spec.notifications[0]")]
    [InlineData("{ name: n, slack: { url: 'https://x' }, webhook: { url: 'https://x' } }", "spec.notifications[0]")]
    [InlineData("{ name: n, slack: { url: 'https://x' }, events: [Failed] }", "spec.notifications[0].events[0]")]
    [InlineData("{ name: n, slack: { url: 'https://x' }, events: [Late] }", "spec.deadline")]
    [InlineData("{ name: n, slack: {} }", "spec.notifications[0].slack.url")]
    [InlineData("{ name: n, webhook: { url: 'ftp://x' } }", "spec.notifications[0].webhook.url")]
    [InlineData("{ name: n, email: { to: [nobody], from: b@example.org, host: smtp } }", "spec.notifications[0].email.to[0]")]
    [InlineData("{ name: n, email: { to: [a@example.org], from: b@example.org, host: smtp, username: u } }", "spec.notifications[0].email.passwordFrom")]
    [InlineData("{ name: n, email: { to: [a@example.org], from: b@example.org, host: smtp, insecure: true, username: u, passwordFrom: { name: s, key: k } } }", "spec.notifications[0].email.insecure")]
    public void A_notification_says_whom_to_tell_and_how(string notification, string field)
    {
        var flow = $"apiVersion: slipway.dev/v1alpha1\nkind: Flow\nmetadata: {{ name: f }}\nspec:\n  notifications: [{notification}]\n  tasks: [{{ name: t, image: 'x:1', command: [x] }}]\n";
        Assert.Equal(field, string.Join(", ", FlowRules.Validate(DocumentReader.ParseYaml(flow)[0]).Select(c => c.Field)));
    }
}
