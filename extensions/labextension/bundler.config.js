// Modules keep their names in the bundle. Their usual numbers come from absolute paths, so that two
// checkouts with the same sources would make two bundles.
module.exports = { optimization: { moduleIds: 'named' } };
