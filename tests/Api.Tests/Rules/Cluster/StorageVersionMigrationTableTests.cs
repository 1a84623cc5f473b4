namespace Slipway.Api.Tests.Rules.Cluster;

/// <summary>Migrations, with what Kubernetes' own validation says of them.</summary>
public sealed class StorageVersionMigrationTableTests
{
    private const string Time = "reason: R, lastTransitionTime: '2026-01-01T00:00:00Z'";

    private static readonly RuleTable Migrations = new("storagemigration.k8s.io", "StorageVersionMigration", "spec: {resource: {group: apps, resource: deployments}}");

    [Theory]
    [InlineData("", "")]
    [InlineData("spec: {resource: {group: null}}", "")]
    [InlineData("spec: {resource: {resource: null}}", "spec.resource.resource: Required value: resource is required")]
    [InlineData("spec: null", "spec.resource.resource: Required value: resource is required")]
    public void OfMigrations(string change, string expected) => Migrations.Check(change, expected);

    [Theory]
    [InlineData("spec: {resource: {group: batch}}", "group: Invalid value: \"batch\": field is immutable")]
    [InlineData("spec: {resource: {group: null}}", "group: Invalid value: \"\": field is immutable")]
    [InlineData("spec: {resource: {resource: daemonsets}}", "resource: Invalid value: \"daemonsets\": field is immutable")]
    [InlineData("metadata: {labels: {a: b}}", "")]
    public void WhatIsMigratedStays(string change, string expected) => Migrations.CheckUpdate("", change, expected);

    [Theory]
    [InlineData("", "resourceVersion: '12'", "")]
    [InlineData("", "resourceVersion: '-1'", "status.resourceVersion: Invalid value: -1: must be greater than or equal to 0")]
    [InlineData("", "resourceVersion: x", "status.resourceVersion: Invalid value: \"x\": failed to parse resource version \"x\"")]
    [InlineData("resourceVersion: '12'", "resourceVersion: '13'", "status.resourceVersion: Invalid value: \"13\": cannot be updated")]
    [InlineData("", "conditions: [{type: Running, status: 'True', TIME}]", "")]
    [InlineData("", "conditions: [{type: Running, status: 'True'}]", "status.conditions[0].lastTransitionTime: Required value\nstatus.conditions[0].reason: Required value")]
    [InlineData("", "conditions: [{type: Succeeded, status: 'True', TIME}, {type: Failed, status: 'True', TIME}]", "status.conditions: Invalid value: [CONDITIONS]: Both success and failed conditions cannot be true at the same time")]
    [InlineData("", "conditions: [{type: Succeeded, status: 'True', TIME}, {type: Running, status: 'True', TIME}]", "status.conditions: Invalid value: [CONDITIONS]: Running condition cannot be true when success condition is true")]
    [InlineData("", "conditions: [{type: Failed, status: 'True', TIME}, {type: Running, status: 'True', TIME}]", "status.conditions: Invalid value: [CONDITIONS]: Running condition cannot be true when failed condition is true")]
    [InlineData("conditions: [{type: Succeeded, status: 'True', TIME}]", "conditions: []", "status.conditions: Invalid value: []: Success condition cannot be set to false once it is true")]
    [InlineData("conditions: [{type: Failed, status: 'True', TIME}]", "conditions: []", "status.conditions: Invalid value: []: Failed condition cannot be set to false once it is true")]
    public void OfTheStatusOfMigrations(string before, string after, string expected) =>
        Migrations.CheckStatus(Status(before), Status(after), expected.Split("[CONDITIONS]")[0]);

    private static string Status(string fields) => $"status: {{{fields.Replace("TIME", Time, StringComparison.Ordinal)}}}";
}
