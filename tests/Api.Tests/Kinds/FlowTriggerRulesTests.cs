using Slipway.Api.Documents;
using Slipway.Api.Kinds;

namespace Slipway.Api.Tests.Kinds;

public sealed class FlowTriggerRulesTests
{
    [Theory]
    [InlineData("{ name: t, flow: { name: up } }", "")]
    [InlineData("{ name: t, flow: { name: up, phases: [Succeeded, Failed] }, when: \"event.phase == 'Failed' && event.params.day != ''\", params: { p: { rows: '${{ event.values.rows }}' } } }", "")]
    [InlineData("{ name: t, webhook: { secret: { name: s, key: k } }, when: \"event.body.ref == 'x' && event.headers['x-event'] == 'push'\", params: { p: '${{ event.id }}' } }", "")]
    [InlineData("{ name: t, webhook: { secret: { name: s, key: k } }, when: event.run == 'x' }", "spec.triggers[0].when")]
    [InlineData("{ name: t, webhook: { secret: { name: s, key: k } }, flow: { name: up } }", "spec.triggers[0]")]
    [InlineData("{ name: t }", "spec.triggers[0]")]
    [InlineData("{ name: t, files: { directory: /data, pattern: '*.csv', interval: 30s }, when: \"event.size > 0 && event.modified > timestamp('2026-01-01T00:00:00Z')\", params: { p: '${{ event.path }}' } }", "")]
    [InlineData("{ name: t, files: { directory: /data/../etc } }", "spec.triggers[0].files.directory")]
    [InlineData("{ name: t, files: { directory: /data, pattern: a/b } }", "spec.triggers[0].files.pattern")]
    [InlineData("{ name: t, files: { directory: /data, interval: 10ms } }", "spec.triggers[0].files.interval")]
    [InlineData("{ name: t, files: { directory: /data, interval: 25h } }", "spec.triggers[0].files.interval")]
    [InlineData("{ name: t, files: { directory: \"/data\\0\" } }", "spec.triggers[0].files.directory")]
    [InlineData("{ name: t, resource: { apiVersion: v1, kind: ConfigMap, serviceAccountName: reader.of-all } }", "")]
    [InlineData("{ name: t, resource: { apiVersion: v1, kind: ConfigMap, serviceAccountName: \"a\\r\\nX: y\" } }", "spec.triggers[0].resource.serviceAccountName")]
    [InlineData("{ name: t, files: { directory: /data }, when: event.path > 1 }", "spec.triggers[0].when")]
    [InlineData("{ name: t, bucket: { endpoint: 'https://s3.example.com', bucket: in, prefix: a/, pattern: '*.csv', interval: 30s, secretName: s }, when: 'event.size > 0 && event.name != event.key', params: { p: '${{ event.etag }}' } }", "")]
    [InlineData("{ name: t, bucket: { endpoint: s3.example.com, bucket: in, secretName: s } }", "spec.triggers[0].bucket.endpoint")]
    [InlineData("{ name: t, bucket: { endpoint: 'https://s3.example.com', bucket: in, secretName: s, pattern: a/* } }", "spec.triggers[0].bucket.pattern")]
    [InlineData("{ name: t, bucket: { endpoint: 'https://s3.example.com', bucket: in, secretName: s, interval: 2d } }", "spec.triggers[0].bucket.interval")]
    [InlineData("{ name: t, bucket: { endpoint: 'https://s3.example.com', bucket: in, secretName: s }, when: event.path == '' }", "spec.triggers[0].when")]
    [InlineData("{ name: t, resource: { apiVersion: v1, kind: ConfigMap } }", "")]
    [InlineData("{ name: t, resource: { apiVersion: batch/v1, kind: Job, namespace: '*', labelSelector: 'a=b,!c', changes: [Modified, Deleted] }, when: \"event.type == 'Deleted' || event.object.status.succeeded > event.oldObject.status.succeeded\", params: { p: '${{ event.object.metadata.name }}' } }", "")]
    [InlineData("{ name: t, resource: { apiVersion: v1, kind: ConfigMap, changes: [Changed] } }", "spec.triggers[0].resource.changes[0]")]
    [InlineData("{ name: t, resource: { apiVersion: v1, kind: ConfigMap, changes: [] } }", "spec.triggers[0].resource.changes")]
    [InlineData("{ name: t, resource: { apiVersion: v1, kind: ConfigMap, labelSelector: 'a in b' } }", "spec.triggers[0].resource.labelSelector")]
    [InlineData("{ name: t, resource: { apiVersion: v1, kind: ConfigMap }, when: event.body == 1 }", "spec.triggers[0].when")]
    [InlineData("{ name: t, resource: { apiVersion: v1, kind: ConfigMap }, flow: { name: up } }", "spec.triggers[0]")]
    [InlineData("{ name: t, flow: { name: up, phases: [Success] } }", "spec.triggers[0].flow.phases[0]")]
    [InlineData("{ name: t, flow: { name: f } }", "spec.triggers[0].flow.name")]
    [InlineData("{ name: t, flow: { name: up }, when: event.phase }", "spec.triggers[0].when")]
    [InlineData("{ name: t, flow: { name: up }, when: event.phas == 'x' }", "spec.triggers[0].when")]
    [InlineData("{ name: t, flow: { name: up }, when: '1 +' }", "spec.triggers[0].when")]
    [InlineData("{ name: t, flow: { name: up }, params: { q: 1 } }", "spec.triggers[0].params.q")]
    [InlineData("{ name: t, flow: { name: up }, params: { p: [{ a: '${{ params.p }}' }] } }", "spec.triggers[0].params.p[0].a")]
    [InlineData("{ name: t, flow: { name: up }, params: { p: '${{ event.run + 1 }}' } }", "spec.triggers[0].params.p")]
    [InlineData("{ name: t, flow: { name: up } }, { name: t, flow: { name: up } }", "spec.triggers[1].name")]
    public void A_trigger_says_what_starts_a_run(string triggers, string field)
    {
        var flow = $"apiVersion: slipway.dev/v1alpha1\nkind: Flow\nmetadata: {{ name: f }}\nspec:\n  params: [{{ name: p, default: 1 }}]\n  triggers: [{triggers}]\n  tasks: [{{ name: t, image: 'x:1', command: [x] }}]\n";
        Assert.Equal(field, string.Join(", ", FlowRules.Validate(DocumentReader.ParseYaml(flow)[0]).Select(c => c.Field)));
    }

    [Fact]
    public void What_is_no_name_is_no_service_account()
    {
        const string flow = "apiVersion: slipway.dev/v1alpha1\nkind: Flow\nmetadata: { name: f }\nspec:\n  defaults: { serviceAccountName: \"a\\n\" }\n  tasks: [{ name: t, image: 'x:1', command: [x], serviceAccountName: 'a:b' }, { name: u, image: 'x:1', command: [x], serviceAccountName: a.b }]\n";
        Assert.Equal(["spec.defaults.serviceAccountName", "spec.tasks[0].serviceAccountName"], FlowRules.Validate(DocumentReader.ParseYaml(flow)[0]).Select(c => c.Field).Order());
    }

    [Fact]
    public void A_parameter_without_a_default_is_set_by_each_trigger()
    {
        const string flow = "apiVersion: slipway.dev/v1alpha1\nkind: Flow\nmetadata: { name: f }\nspec:\n  params: [{ name: p }]\n  triggers: [{ name: t, flow: { name: up } }]\n  tasks: [{ name: t, image: 'x:1', command: [x] }]\n";
        var cause = Assert.Single(FlowRules.Validate(DocumentReader.ParseYaml(flow)[0]));
        Assert.Equal("spec.triggers[0].params.p", cause.Field);
    }
}
