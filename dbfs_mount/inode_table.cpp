#include "dbfs_mount/inode_table.h"

#include <algorithm>
#include <cerrno>
#include <system_error>

namespace stoker::dbfs_mount {

std::shared_ptr<OpenFile> Inode::content() const {
    const std::lock_guard lock(content_mutex_);
    return content_.lock();
}

void Inode::set_content(const std::shared_ptr<OpenFile>& opened) {
    const std::lock_guard lock(content_mutex_);
    content_ = opened;
}

InodeTable::InodeTable(std::uint64_t first) : next_(first) {
    const auto root = std::make_shared<Inode>();
    root->number = kRoot;
    by_number_[kRoot] = root;
}

InodePointer InodeTable::find(std::uint64_t number) const {
    const std::lock_guard lock(mutex_);
    const auto found = by_number_.find(number);
    if (found == by_number_.end()) throw std::system_error(ESTALE, std::generic_category());
    return found->second;
}

std::string InodeTable::path_of(const Inode& inode) const {
    const std::lock_guard lock(mutex_);
    const std::string path = path_to(inode);
    return path.empty() ? "/" : path;
}

std::string InodeTable::path_of(const Inode& parent, const std::string& name) const {
    const std::lock_guard lock(mutex_);
    return path_to(parent) + "/" + name;
}

InodePointer InodeTable::known(const Inode& parent, const std::string& name) const {
    const std::lock_guard lock(mutex_);
    const auto found = by_name_.find(key_of(parent, name));
    return found == by_name_.end() ? nullptr : found->second;
}

InodePointer InodeTable::look_up(const InodePointer& parent, const std::string& name) {
    const std::lock_guard lock(mutex_);
    InodePointer& inode = by_name_[key_of(*parent, name)];
    if (!inode) {
        inode = std::make_shared<Inode>();
        inode->number = next_++;
        inode->parent = parent;
        inode->name = name;
        by_number_[inode->number] = inode;
    }
    ++inode->lookups;
    return inode;
}

void InodeTable::forget(std::uint64_t number, std::uint64_t lookups) {
    const std::lock_guard lock(mutex_);
    const auto found = by_number_.find(number);
    if (number == kRoot || found == by_number_.end()) return;
    Inode& inode = *found->second;
    inode.lookups -= std::min(inode.lookups, lookups);
    if (inode.lookups > 0) return;
    if (!inode.removed) by_name_.erase(key_of(*inode.parent, inode.name));
    by_number_.erase(found);
}

void InodeTable::removed(const Inode& parent, const std::string& name) {
    const std::lock_guard lock(mutex_);
    remove(key_of(parent, name));
}

void InodeTable::renamed(const Inode& parent, const std::string& name, const InodePointer& new_parent,
                         const std::string& new_name) {
    const std::lock_guard lock(mutex_);
    const std::string to = key_of(*new_parent, new_name);
    const auto found = by_name_.find(key_of(parent, name));
    if (found != by_name_.end() && found->first == to) return;
    remove(to);
    if (found == by_name_.end()) return;
    const InodePointer inode = found->second;
    by_name_.erase(found);
    inode->parent = new_parent;
    inode->name = new_name;
    by_name_[to] = inode;
}

std::uint64_t InodeTable::new_number() {
    const std::lock_guard lock(mutex_);
    return next_++;
}

std::string InodeTable::key_of(const Inode& parent, const std::string& name) {
    return std::to_string(parent.number) + "/" + name;
}

void InodeTable::remove(const std::string& key) {
    const auto found = by_name_.find(key);
    if (found == by_name_.end()) return;
    found->second->removed = true;
    by_name_.erase(found);
}

std::string InodeTable::path_to(const Inode& inode) const {
    std::string path;
    for (const Inode* at = &inode; at->parent; at = at->parent.get()) {
        if (at->removed) throw std::system_error(ENOENT, std::generic_category());
        path.insert(0, "/" + at->name);
    }
    return path;
}

}  // namespace stoker::dbfs_mount
